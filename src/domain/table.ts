/**
 * A table as data: column name → type, `!` = never null. One such description drives the Parquet schema, the DuckDB
 * casts, the MongoDB conversion and the validation before writing, so that they cannot drift apart.
 */
export type ColumnKind = 'str' | 'ts' | 'i8' | 'i32' | 'i64' | 'f32' | 'f64' | 'bool' | 'list<str>';
export type ColumnSpec = ColumnKind | `${ColumnKind}!`;

interface JsTypes {
  str: string;
  /** Epoch milliseconds, UTC. */
  ts: number;
  i8: number;
  i32: number;
  i64: number;
  f32: number;
  f64: number;
  bool: boolean;
  'list<str>': string[];
}

type ValueOf<S extends ColumnSpec> = S extends `${infer K extends ColumnKind}!`
  ? JsTypes[K]
  : S extends ColumnKind
    ? JsTypes[S] | null
    : never;

export interface Table<C extends Record<string, ColumnSpec> = Record<string, ColumnSpec>> {
  /** Name of the MongoDB collection. */
  readonly collection: string;
  /** File name in the lake without `.parquet`. */
  readonly file: string;
  /** Primary key; MongoDB's `_id`. Always the first column. */
  readonly key: keyof C & string;
  readonly columns: C;
}

/** Any table, where its columns need not be known to the compiler. */
export interface AnyTable {
  readonly collection: string;
  readonly file: string;
  readonly key: string;
  readonly columns: Readonly<Record<string, ColumnSpec>>;
}

/** The row type that a table describes. */
export type RowOf<T> = T extends Table<infer C> ? { -readonly [K in keyof C]: ValueOf<C[K]> } : never;

export function defineTable<const C extends Record<string, ColumnSpec>>(table: Table<C>): Table<C> {
  return table;
}

export function isRequired(spec: ColumnSpec): boolean {
  return spec.endsWith('!');
}

export function kindOf(spec: ColumnSpec): ColumnKind {
  return (spec.endsWith('!') ? spec.slice(0, -1) : spec) as ColumnKind;
}
