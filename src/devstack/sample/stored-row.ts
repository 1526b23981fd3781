/** A row as the server keeps it. */
export interface StoredRow {
  id: number;
  /** By column title, as shown in records. */
  values: Record<string, unknown>;
  /** Times by column title, epoch ms, parsed once; NaN where the text cannot be read. */
  times: Record<string, number | null>;
}
