import type { ParquetSchema, ParquetWriter } from '@dsnp/parquetjs';
import { kindOf, type AnyTable, type ColumnKind } from '../../domain/table.js';

type RecordBuffer = ParquetWriter['rowBuffer'];
type ColumnData = Required<
  Pick<
    NonNullable<RecordBuffer['columnData']>[string],
    'dlevels' | 'rlevels' | 'values' | 'distinct_values' | 'count'
  >
>;

interface Column {
  name: string;
  kind: ColumnKind;
  data: ColumnData;
  /** Definition level of a present value, and for lists of an empty one. */
  present: number;
  empty: number;
}

/**
 * Rows of one table taken apart into columns with their repetition and definition levels, as the Parquet writer keeps
 * them. The writer can do this itself from whole rows, for any schema; our tables are flat but for lists of text, and
 * doing it here is several times as fast (docs/lake.md).
 */
export class ColumnBuffer {
  private readonly columns: Column[];
  private readonly paths: string[];
  private rows = 0;

  constructor(table: AnyTable, schema: ParquetSchema) {
    this.columns = [];
    this.paths = [];
    for (const [name, spec] of Object.entries(table.columns)) {
      const kind = kindOf(spec);
      const path = kind === 'list<str>' ? [name, 'list', 'element'] : [name];
      const present = schema.findField(path).dLevelMax;
      const data: ColumnData = { dlevels: [], rlevels: [], values: [], distinct_values: new Set(), count: 0 };
      this.columns.push({ name, kind, data, present, empty: present - 1 });
      this.paths.push(path.join(','));
    }
  }

  get rowCount(): number {
    return this.rows;
  }

  /** @param row valid for the table (`invalidColumn` is null) */
  append(row: Readonly<Record<string, unknown>>): void {
    for (const column of this.columns) {
      const value = row[column.name];
      if (value === null || value === undefined) push(column.data, 0, 0);
      else if (column.kind === 'list<str>') pushList(column, value as string[]);
      else {
        column.data.values.push((column.kind === 'ts' ? BigInt(value as number) * 1000n : value) as never);
        push(column.data, 0, column.present);
      }
    }
    this.rows++;
  }

  /** What a ParquetWriter writes when it is closed. */
  toRecordBuffer(): RecordBuffer {
    const columnData = Object.fromEntries(this.columns.map(({ data }, i) => [this.paths[i] ?? '', data]));
    const pages = Object.fromEntries(this.paths.map((path) => [path, []]));
    return { columnData, pages, rowCount: this.rows, pageRowCount: this.rows };
  }
}

function push(data: ColumnData, repetition: number, definition: number): void {
  data.rlevels.push(repetition);
  data.dlevels.push(definition);
  data.count++;
}

function pushList({ data, present, empty }: Column, items: readonly string[]): void {
  if (items.length === 0) push(data, 0, empty);
  items.forEach((item, i) => {
    data.values.push(item as never);
    push(data, i === 0 ? 0 : 1, present);
  });
}
