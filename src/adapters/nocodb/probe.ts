import { MappingError } from './columns.js';
import type { Call } from './http.js';
import type { RecordReader } from './records.js';
import type { SourceSchema } from './schema.js';
import { zoneNeeded, type TimeColumn } from './times.js';
import { isFilled, parseTime, valueOf } from './values.js';
import { isNotBlank } from './where.js';

const ROWS = 1000;

/**
 * Looks at the first rows of columns that hold times as text: one request a table that has such columns, none
 * otherwise. It is better to hear of a missing zone before a run than in its midst.
 * @throws MappingError where times lack an offset and no zone is mapped, or none can be read
 */
export async function probeTimes(reader: RecordReader, schema: SourceSchema, call: Call): Promise<void> {
  const { conversations, messages } = schema;
  const tables = [
    {
      ...conversations,
      times: [
        conversations.startedAt,
        conversations.closedAt,
        conversations.createdAt,
        conversations.updatedAt,
      ],
    },
    ...messages.map((table) => ({ ...table, times: [table.sentAt, table.createdAt, table.updatedAt] })),
  ];
  for (const { table, pk, times } of tables) {
    const texts = times.filter((time) => time?.kind === 'text') as TimeColumn[];
    const [first] = texts;
    if (!first) continue;
    const view = { table, pk, fields: [pk, ...new Set(texts.map((time) => time.column))] };
    const { rows } = await reader.page(view, isNotBlank(first.column.id), undefined, ROWS, call);
    for (const time of texts)
      judge(
        time,
        rows.map((row) => valueOf(row, time.column)),
      );
  }
}

function judge(time: TimeColumn, values: unknown[]): void {
  const filled = values.filter((value) => isFilled(value));
  const parsed = filled.map((value) => parseTime(value));
  if (time.zone === undefined && parsed.some((each) => each?.form === 'naive')) {
    const { message } = zoneNeeded(time);
    const problem = `${time.column.title} holds times without an offset`;
    throw new MappingError(message, [{ key: 'timezone', problem, candidates: [], columns: [] }]);
  }
  if (filled.length > 0 && parsed.every((each) => each === null)) {
    const problem = `none of the first ${filled.length} values of ${time.column.title} can be read as a time`;
    throw new MappingError(
      `Mapping key ${time.key}: ${problem}. Allowed are ISO 8601 (2024-05-01T10:00:00Z, 2024-05-01 10:00) and epoch numbers. Name another column in the mapping file (NOCODB_MAPPING), or convert this one to DateTime.`,
      [{ key: time.key, problem, candidates: [], columns: [] }],
    );
  }
}
