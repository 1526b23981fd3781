import { z } from 'zod';

/** Schemas of `taxonomy.yaml` and `mapping.yaml`, parsed at the edge and checked here. */

/** Ours are verb_object; a label of one's own may be anything that can be printed. */
const id = z.string().regex(/^[^\s\p{C}][^\p{C}]{0,99}$/u);
const label = z.object({
  id,
  label: z.string().min(1),
  description: z.string(),
  examples: z.array(z.string()),
  trained: z.boolean(),
  /** Labels that mean "none of these": `other`, `unknown`, `out_of_scope`. */
  system: z.boolean().default(false),
});

export const TaxonomySchema = z
  .object({
    version: z.string().min(1),
    topics: z.array(label).min(1),
    intents: z.array(label.extend({ topic: id, small_talk: z.boolean().default(false) })).min(1),
    sentiments: z.array(z.object({ id, label: z.string() })).length(5),
  })
  .refine((t) => t.intents.every((i) => t.topics.some((topic) => topic.id === i.topic)), {
    message: 'every intent must name a topic of the taxonomy',
  });
export type Taxonomy = z.infer<typeof TaxonomySchema>;

const target = z.object({ topic: id.optional(), intent: id.optional() });
export const MappingSchema = z.object({
  version: z.string().min(1),
  datasets: z.record(
    z.string(),
    z.object({
      rules: z.array(target.extend({ label: z.string(), match: z.string() })).default([]),
      labels: z.record(z.string(), target),
    }),
  ),
  sentiment: z.record(
    z.string(),
    z.object({
      positive: z.array(z.string()),
      negative: z.array(z.string()),
      neutral: z.array(z.string()),
    }),
  ),
  /** Sets that are only measured on, never trained on. */
  held_out: z.record(z.string(), z.record(z.string(), target)).default({}),
  /** Sets and intents whose texts are taken as neutral in tone. */
  neutral_requests: z.object({ datasets: z.array(z.string()), intents: z.array(id) }),
});
export type Mapping = z.infer<typeof MappingSchema>;

/** Labels that the system gives where there is no other; they are part of every taxonomy. */
export const OTHER_TOPIC = 'other';
export const UNKNOWN = 'unknown';
export const OUT_OF_SCOPE = 'out_of_scope';
/** Intents that say nothing about what a conversation is for. */
export const SMALL_TALK: ReadonlySet<string> = new Set(['greet', 'thank_or_goodbye']);

/** The five labels of sentiment from worst to best, and the score below which each but the last applies. */
export const SENTIMENTS = ['very_negative', 'negative', 'neutral', 'positive', 'very_positive'] as const;
export type Sentiment = (typeof SENTIMENTS)[number];

/**
 * Label of a score in -1..1.
 * @param limits four ascending limits: very_negative | negative | neutral | positive | very_positive
 */
export function sentimentOf(score: number, limits: readonly number[]): Sentiment {
  const above = limits.filter((limit) => score >= limit).length;
  return SENTIMENTS[above] ?? 'very_positive';
}

/** The label and mapping targets that a taxonomy does not have; empty where they fit together. */
export function mappingErrors(taxonomy: Taxonomy, mapping: Mapping): string[] {
  const topics = new Set(taxonomy.topics.map((t) => t.id));
  const intents = new Set(taxonomy.intents.map((t) => t.id));
  const errors: string[] = [];
  for (const [name, set] of Object.entries(mapping.datasets))
    for (const entry of [...set.rules, ...Object.values(set.labels)]) {
      if (entry.topic !== undefined && !topics.has(entry.topic)) errors.push(`${name}: topic ${entry.topic}`);
      if (entry.intent !== undefined && !intents.has(entry.intent))
        errors.push(`${name}: intent ${entry.intent}`);
    }
  return errors;
}
