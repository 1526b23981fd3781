import { isVirtual, namedColumn, schemaError, systemTime, usualColumn, type Questions } from './columns.js';
import type { NocoDbMapping } from './mapping.js';
import type { ColumnInfo } from './meta.js';
import { timeColumn, type TimeColumn } from './times.js';

/** Why a column stands for a key. */
export type How =
  'mapping' | 'name' | 'type' | 'system column' | 'link' | 'primary key' | 'fixed' | 'switched off';

/** One key of the mapping, and the column that serves it. */
export interface FoundColumn {
  key: string;
  /** undefined: no column serves it. */
  column: ColumnInfo | undefined;
  how: How | undefined;
  /** Whether a person should hear that it is missing. */
  isNotice: boolean;
  /** What is special about its values: a zone, epoch numbers, a foreign key. */
  detail?: string;
}

export interface ResolveContext {
  mapping: NocoDbMapping;
  questions: Questions;
  strict: boolean;
}

type Groups = readonly (readonly string[])[];
export interface TimeSpec {
  /** undefined: found by its name. */
  column?: string | undefined;
  timezone?: string | undefined;
}

/** Looks keys of one table up: the mapping's column, none where the mapping says null, else the usual names. */
export class Finder {
  readonly found: FoundColumn[] = [];

  constructor(
    readonly prefix: string,
    readonly columns: readonly ColumnInfo[],
    readonly context: ResolveContext,
  ) {}

  note(
    key: string,
    column: ColumnInfo | undefined,
    how: How | undefined,
    more: Partial<FoundColumn> = {},
  ): void {
    this.found.push({ key, column, how, isNotice: false, ...more });
  }

  path(key: string): string {
    return `${this.prefix}.${key}`;
  }

  /** An optional column. */
  optional(
    key: string,
    mapped: string | null | undefined,
    groups: Groups,
    isNotice = true,
  ): ColumnInfo | undefined {
    const column = this.context.questions.attempt(() => this.find(key, mapped, groups));
    const how = mapped === null ? 'switched off' : column && (mapped === undefined ? 'name' : 'mapping');
    this.note(key, column, how, { isNotice: isNotice && mapped !== null });
    return column;
  }

  /** The mapping's column, else one with a usual name. */
  find(key: string, mapped: string | null | undefined, groups: Groups): ColumnInfo | undefined {
    if (mapped === null) return undefined;
    if (mapped === undefined) {
      return usualColumn(this.columns, groups, this.path(key), this.context.strict);
    }
    return this.own(key, namedColumn(this.columns, mapped, this.path(key)));
  }

  /** The id column; undefined where it is the primary key. */
  id(mapped: string | undefined, groups: Groups, pk: ColumnInfo | undefined): ColumnInfo | undefined {
    const column = this.context.questions.attempt(() => this.find('id', mapped, groups));
    if (column && !column.pk) {
      this.note('id', column, mapped === undefined ? 'name' : 'mapping');
      return column;
    }
    this.note('id', pk, mapped === undefined ? 'primary key' : 'mapping');
    return undefined;
  }

  /** Links hold counts or cut lists: nothing to read. */
  own(key: string, column: ColumnInfo): ColumnInfo {
    if (!isVirtual(column)) return column;
    throw schemaError(
      this.path(key),
      `${column.title} is a ${column.uidt}, which holds no value of its own`,
      this.columns,
    );
  }

  /** A column of times that is named so, or that the mapping names. */
  time(key: string, mapped: TimeSpec | null | undefined, groups: Groups): TimeColumn | undefined {
    const column = this.find(key, mapped === null ? null : mapped?.column, groups);
    return column && this.asTime(key, column, mapped ?? undefined);
  }

  asTime(key: string, column: ColumnInfo, mapped: TimeSpec | undefined): TimeColumn {
    const zones = { own: mapped?.timezone, base: this.context.mapping.timezone };
    const time = timeColumn(column, this.path(key), zones);
    if (time) return time;
    throw schemaError(
      this.path(key),
      `${column.title} is ${column.uidt}, which NocoDB cannot filter by time; allowed are DateTime, Date, Number, Decimal and text`,
      this.columns,
    );
  }

  /** An optional column of times; one that cannot be read as such is left out. */
  optionalTime(
    key: 'closed_at' | 'created_at' | 'updated_at',
    mapped: TimeSpec | null | undefined,
    groups: Groups,
  ): TimeColumn | undefined {
    const { questions } = this.context;
    const system =
      key === 'closed_at' ? undefined : key === 'created_at' ? 'CreatedTime' : 'LastModifiedTime';
    const stamp =
      system && mapped !== null && mapped?.column === undefined
        ? systemTime(this.columns, system)
        : undefined;
    const time = stamp
      ? this.asTime(key, stamp, mapped ?? undefined)
      : questions.attempt(() => this.time(key, mapped, groups));
    const how =
      mapped === null
        ? 'switched off'
        : stamp
          ? 'system column'
          : mapped?.column !== undefined
            ? 'mapping'
            : 'name';
    this.noteTime(
      key,
      time,
      time || mapped === null ? how : undefined,
      key === 'closed_at' && mapped !== null,
    );
    return time;
  }

  noteTime(key: string, time: TimeColumn | undefined, how: How | undefined, isNotice = false): void {
    const detail = time && describeTime(time);
    this.note(key, time?.column, how, { isNotice, ...(detail === undefined ? {} : { detail }) });
  }
}

function describeTime({ kind, zone }: TimeColumn): string | undefined {
  if (kind === 'number') return 'epoch numbers';
  if (kind === 'wall') return `clock of ${zone ?? ''}`;
  if (kind === 'text')
    return zone === undefined ? 'text with offsets' : `text, clock of ${zone} without an offset`;
  return undefined;
}
