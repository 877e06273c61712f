/**
 * Where a workflow of a program is from, in the column of files: the folder that the program works in, with a slash at
 * its end. No file can have such a name, and nobody may load a program to find its workflows.
 */
export function toProgramPlace(cwd: string): string {
  return cwd.endsWith("/") ? cwd : `${cwd}/`;
}

export function isProgramPlace(file: string): boolean {
  return file.endsWith("/");
}
