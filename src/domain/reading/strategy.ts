/** How the rows of a range are read: the costs of the ways that there are, and which is the cheapest. Pure. */

/**
 * `link`: messages are asked for by a foreign key, which NocoDB indexes. `in`: by a key column, which it does not, so
 * that each question scans the table. `sweep`: both tables are walked once from end to end, by primary key.
 */
export const READING_STRATEGIES = ['link', 'in', 'sweep'] as const;
export type ReadingStrategy = (typeof READING_STRATEGIES)[number];

/** Milliseconds that a server takes to send a row, and to look at one that does not match (docs/adr/0010). */
export const ROW_MS = 0.025;
const SCAN_MS = 0.0004;
/** What a sweep costs beside its requests: its activities, and staging what it has read. */
const SWEEP_MS = 1_000;
/** A list query looks at the table twice: NocoDB counts beside it. */
const SCANS_A_QUERY = 2;
/** Conversations a duplicate look-up, messages and keys a query of messages, queries a request: as the reader does. */
const LOOKUP_KEYS = 500;
const TARGET_ROWS = 600;
const MAX_KEYS = 200;
const ROWS_A_PAGE = 1_000;

export interface SourceFacts {
  /** Rows of the conversations table, and whether rows with the same conversation id have to be looked up. */
  conversations: number;
  lookup: boolean;
  /** Rows of each messages table, and whether its conversation column is indexed. */
  messages: { rows: number; indexed: boolean }[];
  /** Conversations of the range, and its days. */
  inRange: number;
  days: number;
  batchSize: number;
  /** Pages that one request can ask for. */
  pagesARequest: number;
  /** Budget. */
  requestsPerSecond: number;
}

export interface Cost {
  requests: number;
  /** How often a whole table is looked at. */
  scans: number;
  /** Wall milliseconds: by the server's work, or by the budget where that takes longer. */
  ms: number;
}

/** Asking for the conversations of each batch, and for their messages by key. */
export function costOfAsking(facts: SourceFacts): Cost {
  const { conversations, inRange, batchSize, pagesARequest } = facts;
  const batches = Math.ceil(inRange / batchSize);
  const lookups = facts.lookup ? batches * Math.ceil(Math.min(batchSize, inRange) / LOOKUP_KEYS) : 0;
  let scans = lookups + facts.days;
  let scanned = scans * conversations;
  let rows = inRange * 2;
  let requests = batches + lookups + facts.days;
  for (const table of facts.messages) {
    const each = table.rows / Math.max(1, conversations);
    const keys = Math.max(1, Math.min(MAX_KEYS, Math.floor(TARGET_ROWS / Math.max(1, each)), batchSize));
    const pages = Math.max(1, Math.ceil((keys * each) / ROWS_A_PAGE));
    const queriesABatch = Math.ceil(Math.min(batchSize, inRange) / keys) * pages;
    rows += inRange * each;
    requests += batches * Math.ceil(queriesABatch / pagesARequest);
    if (table.indexed) continue;
    scans += batches * queriesABatch;
    scanned += batches * queriesABatch * table.rows;
  }
  return cost(facts, requests, scans, rows * ROW_MS + scanned * SCANS_A_QUERY * SCAN_MS);
}

/** Walking both tables once. */
export function costOfSweep(facts: SourceFacts): Cost {
  let requests = 0;
  let rows = 0;
  for (const table of [facts.conversations, ...facts.messages.map((messages) => messages.rows)]) {
    requests += Math.ceil(table / (ROWS_A_PAGE * facts.pagesARequest));
    rows += table;
  }
  return cost(facts, requests, 1, SWEEP_MS + rows * ROW_MS);
}

function cost(facts: SourceFacts, requests: number, scans: number, serverMs: number): Cost {
  return { requests, scans, ms: Math.max(serverMs, (requests / facts.requestsPerSecond) * 1000) };
}
