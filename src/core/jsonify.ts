/**
 * Types of what crosses the database: what a task returned becomes JSON text, and its consumers get a fresh parse of it.
 * Types only; `serializeOutput` (json-value.ts) is the same at run time.
 */

/** What JSON cannot hold: JSON.stringify would throw, or lose it in silence. */
type Refused =
  | bigint
  | symbol
  | ((...args: never[]) => unknown)
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>
  | WeakMap<WeakKey, unknown>
  | WeakSet<WeakKey>
  | Promise<unknown>;

type IsAny<T> = 0 extends 1 & T ? true : false;

/**
 * The type of `JSON.parse(JSON.stringify(value))`: a Date is a string, `toJSON` is respected, undefined is null in lists and an
 * optional key in objects. What is refused is `never`. A task without output stays `undefined`.
 */
export type Jsonify<T> =
  IsAny<T> extends true
    ? T
    : unknown extends T
      ? T
      : T extends { toJSON(...args: never[]): infer Text }
        ? Jsonify<Text>
        : T extends string | number | boolean | null | undefined
          ? T
          : T extends Refused
            ? never
            : T extends readonly unknown[]
              ? { -readonly [Index in keyof T]: JsonifyItem<T[Index]> }
              : T extends object
                ? JsonifyObject<T>
                : undefined;

type JsonifyItem<T> =
  IsAny<T> extends true
    ? T
    : unknown extends T
      ? T
      : Jsonify<Exclude<T, undefined>> | (undefined extends T ? null : never);

type JsonifyObject<T> = Flatten<
  { -readonly [Key in RequiredKeys<T>]: Jsonify<T[Key]> } & {
    -readonly [Key in OptionalKeys<T>]?: Jsonify<Exclude<T[Key], undefined>>;
  }
>;

type Flatten<T> = { [Key in keyof T]: T[Key] } & {};

type TextKeys<T> = Exclude<keyof T, symbol>;

/** Keys that JSON may leave out: those that may be undefined. */
type OptionalKeys<T> = { [Key in TextKeys<T>]-?: MayBeUndefined<T[Key]> extends true ? Key : never }[TextKeys<T>];
type RequiredKeys<T> = Exclude<TextKeys<T>, OptionalKeys<T>>;
type MayBeUndefined<T> = IsAny<T> extends true ? false : unknown extends T ? false : undefined extends T ? true : false;

/** Seen in a compile error where a task returns what JSON cannot hold. */
export interface NotJson<Where extends string> {
  readonly "this value cannot be stored as JSON": Where;
}

/** Levels that `JsonAccepted` looks into; a type may be recursive, and deeper parts are still refused at run time. */
type Depth = readonly [0, 0, 0, 0, 0];

/**
 * `unknown` where JSON can hold T, else `NotJson<"output.seen is a Set">`. For the result of a function parameter, where it
 * makes the wrong return a compile error and leaves the right one as inferred:
 *
 *     declare function task<R>(run: () => R & JsonAccepted<Awaited<R>>): Handle<Jsonify<Awaited<R>>>;
 */
export type JsonAccepted<T> = [FindRefused<T, "output", Depth>] extends [never]
  ? unknown
  : NotJson<FindRefused<T, "output", Depth>>;

type FindRefused<T, Path extends string, Left extends readonly unknown[]> =
  IsAny<T> extends true
    ? never
    : unknown extends T
      ? never
      : T extends { toJSON(...args: never[]): infer Text }
        ? FindRefused<Text, Path, Left>
        : T extends string | number | boolean | null | undefined
          ? never
          : T extends Refused
            ? `${Path} is a ${NameOfRefused<T>}`
            : Left extends readonly [unknown, ...infer Fewer]
              ? FindRefusedMember<T, Path, Fewer>
              : never;

type FindRefusedMember<T, Path extends string, Left extends readonly unknown[]> = T extends readonly (infer Item)[]
  ? FindRefused<Item, `${Path}[]`, Left>
  : T extends object
    ? { [Key in TextKeys<T>]-?: FindRefused<T[Key], `${Path}.${Key}`, Left> }[TextKeys<T>]
    : never;

type NameOfRefused<T> = T extends bigint
  ? "bigint"
  : T extends symbol
    ? "symbol"
    : T extends ReadonlyMap<unknown, unknown>
      ? "Map"
      : T extends ReadonlySet<unknown>
        ? "Set"
        : T extends Promise<unknown>
          ? "Promise"
          : T extends (...args: never[]) => unknown
            ? "function"
            : "WeakMap or WeakSet";
