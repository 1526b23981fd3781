import { CONVERSATION_METRICS } from './conversations.js';
import type { Metric } from './metric.js';
import { MESSAGE_METRICS } from './messages.js';
import { OUTCOME_METRICS } from './outcomes.js';
import { RESPONSE_METRICS } from './responses.js';
import { SENTIMENT_METRICS } from './sentiment.js';
import { USER_METRICS } from './users.js';

/** Changes whenever a definition does: figures of two versions are not compared. */
export const DEFINITION_VERSION = '1';

/** Every metric of a report, in the order in which they are shown. */
export const METRICS: readonly Metric[] = [
  ...CONVERSATION_METRICS,
  ...MESSAGE_METRICS,
  ...RESPONSE_METRICS,
  ...OUTCOME_METRICS,
  ...SENTIMENT_METRICS,
  ...USER_METRICS,
];

const byName = new Map(METRICS.map((metric) => [metric.name, metric]));

/** @returns undefined where there is no such metric */
export function metricNamed(name: string): Metric | undefined {
  return byName.get(name);
}
