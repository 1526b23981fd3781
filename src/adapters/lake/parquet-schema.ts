import { ParquetSchema } from '@dsnp/parquetjs';
import { isRequired, kindOf, type AnyTable, type ColumnKind, type ColumnSpec } from '../../domain/table.js';

type FieldDefinition = ConstructorParameters<typeof ParquetSchema>[0][string];
type ParquetType = NonNullable<FieldDefinition['type']>;

const PARQUET_TYPES: Record<Exclude<ColumnKind, 'list<str>'>, ParquetType> = {
  str: 'UTF8',
  ts: 'TIMESTAMP_MICROS',
  i8: 'INT_8',
  i32: 'INT32',
  i64: 'INT64',
  f32: 'FLOAT',
  f64: 'DOUBLE',
  bool: 'BOOLEAN',
};

/**
 * Statistics are off: the writer's smallest and largest text are not in byte order, so that readers would skip rows
 * that they should find, and parts are read whole anyway.
 */
const LEAF = { compression: 'SNAPPY', statistics: false } as const;

function field(spec: ColumnSpec): FieldDefinition {
  const kind = kindOf(spec);
  const optional = !isRequired(spec);
  if (kind !== 'list<str>') return { type: PARQUET_TYPES[kind], optional, ...LEAF };
  const list = { repeated: true, fields: { element: { type: 'UTF8', ...LEAF } as const } };
  return { type: 'LIST', optional, fields: { list } };
}

/** The Parquet schema of a part of a table. */
export function parquetSchema(table: AnyTable): ParquetSchema {
  return new ParquetSchema(
    Object.fromEntries(Object.entries(table.columns).map(([name, spec]) => [name, field(spec)])),
  );
}
