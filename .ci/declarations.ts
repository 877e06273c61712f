export async function writeDeclarations(_root: string, _dist: string): Promise<void> {}
