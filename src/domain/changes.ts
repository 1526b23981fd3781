/** What a collection of changes starts from, and what it finds: exchanged by workflows, activities and adapters. */

/** Up to where rows are known, for one app or for all of a source: kept in the lake's store. */
export interface Watermark {
  source: string;
  /** null: all apps. */
  appId: string | null;
  /** First UTC day from which on every row is known. */
  from: string;
  /** Epoch ms, a whole second: rows stamped earlier have been read. */
  until: number;
  /** Epoch ms: nothing new was found then. At least `until`. */
  checkedAt: number;
  /** How the tables looked; null where that cannot be told cheaply. */
  mark: SourceMark | null;
  runId: string;
}

/**
 * How many rows of each table carry a stamp in `[since, until)`, as counted when the reading up to `until` began. The
 * same counts later, and none stamped later, say that nothing has come.
 */
export interface SourceMark {
  since: number;
  until: number;
  /** Of the settings that say where the tables are. */
  settings: string;
  tables: TableMark[];
}

/** Tables and columns by their ids, so that a look needs none of their names. */
export interface TableMark {
  id: string;
  title: string;
  /** What the setting says: id, title or name. */
  wanted: string;
  pk: string;
  createdAt: string;
  /** null: the table does not say when a row was edited. */
  updatedAt: string | null;
  created: number;
  updated: number;
}

/** A watermark that a run will set when its days are committed. */
export type WatermarkMove = Omit<Watermark, 'checkedAt' | 'runId'>;

/** Days with changed conversations; the lists themselves are staged objects. */
export interface ChangedDays {
  /** Object that lists the days. */
  indexKey: string;
  days: number;
  /** null where `days` is 0. */
  firstDay: string | null;
  lastDay: string | null;
  conversations: number;
  /** Changed conversation rows that match no day. */
  undated: number;
}

/** One line of the index. */
export interface ChangedDay {
  day: string;
  key: string;
  conversations: number;
  covers: boolean;
  dayCount: number;
}

/** One line of a day's list. */
export interface ChangedRow {
  /** Primary key of the conversation row. */
  rowId: string;
  /** Where rows of other days have, or had, the same conversation: its key. */
  elsewhere?: string;
}

/** What `planChanges` answers. */
export type ChangePlan =
  /** Nothing has come since the watermark. */
  | { kind: 'nothing'; since: number }
  | { kind: 'changes'; since: number; changed: ChangedDays; move: WatermarkMove; notice: string | null }
  /** The base does not say what has changed, or nothing has been collected: whole days are read. */
  | { kind: 'range'; startDate: string; endDate: string; move: WatermarkMove; notice: string };
