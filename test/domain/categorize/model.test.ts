import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { ownExamples } from '../../../src/training/examples.js';
import { predictRow, type ModelSpec } from '../../../src/domain/categorize/model.js';
import { MappingSchema, mappingErrors, TaxonomySchema } from '../../../src/domain/categorize/taxonomy.js';

const calibration = { bias: 0, margin: 2, gap: 1, temperature: 0.3 };
const SPEC: ModelSpec = {
  format: 1,
  version: 'v',
  taxonomy_version: '1',
  languages: ['en'],
  features: { buckets: 2, wordMax: 2, charMin: 2, charMax: 5, maxLength: 100, lexical: 0 },
  outputs: 10,
  lexicon: null,
  heads: {
    topic: { offset: 0, labels: ['a', 'b', 'other'], calibration },
    intent: {
      offset: 3,
      labels: ['do_a', 'do_b', 'greet'],
      calibration,
      in_scope_margin: null,
      topics: { do_b: 'b' },
    },
    sentiment: { offset: 6, labels: ['negative', 'neutral', 'positive'], calibration },
  },
  scales: Array<number>(10).fill(1),
  biases: Array<number>(10).fill(0),
  idf_scale: 1,
  weights: { file: 'w', bytes: 22, sha256: '0'.repeat(64) },
  seed: 1,
};
const predict = (topic: number[], intent: number[], sentiment: number[]) =>
  predictRow(SPEC, [...Array<number>(10).fill(9), ...topic, ...intent, ...sentiment], 1);

describe('margins to labels', () => {
  test('the largest margin wins, its confidence follows margin and lead', () => {
    const { topic } = predict([1, -1, -1], [-1, -1, 1], [-1, 1, -1, 0]);
    expect(topic.label).toBe('a');
    expect(topic.confidence).toBeCloseTo(1 / (1 + Math.exp(-4)), 6);
    expect(predict([0.2, 0.1, -1], [0, 0, 0], [0, 1, 0, 0]).topic.confidence).toBeLessThan(topic.confidence);
  });

  test('the runner-up never looks surer than the winner', () => {
    const { topic } = predict([-2, -2.1, -2.2], [0, 0, 0], [0, 1, 0, 0]);
    expect(topic.runnerUp!.label).toBe('b');
    expect(topic.runnerUp!.confidence).toBeLessThanOrEqual(topic.confidence);
  });

  test('an unsure topic gives way to the one that a sure intent implies', () => {
    const unsure = [-0.5, -0.6, -0.9];
    expect(predict(unsure, [-1, 1, -1], [0, 1, 0, 0]).topic).toMatchObject({
      label: 'b',
      runnerUp: { label: 'a' },
    });
    expect(predict(unsure, [1, -1, -1], [0, 1, 0, 0]).topic.label).toBe('a');
    expect(predict([1, -1, -1], [-1, 1, -1], [0, 1, 0, 0]).topic.label).toBe('a');
  });

  test('label and score of sentiment never contradict each other', () => {
    expect(predict([0, 0, 0], [0, 0, 0], [1, -1, -1, 0.9])).toMatchObject({
      sentiment: { label: 'negative' },
    });
    const positive = predict([0, 0, 0], [0, 0, 0], [-1, -1, 1, -0.9]);
    expect(positive.sentiment.label).toBe('positive');
    expect(positive.sentimentScore).toBeGreaterThanOrEqual(0.15);
    expect(predict([0, 0, 0], [0, 0, 0], [-2, -2, 3, 2]).sentimentScore).toBeLessThanOrEqual(1);
  });
});

describe('default taxonomy', () => {
  const load = (file: string): unknown => parse(readFileSync(`models/default/${file}`, 'utf8'));
  const taxonomy = TaxonomySchema.parse(load('taxonomy.yaml'));
  const mapping = MappingSchema.parse(load('mapping.yaml'));

  test('has the documented numbers of labels, each once', () => {
    const topics = taxonomy.topics.map((t) => t.id);
    const intents = taxonomy.intents.map((t) => t.id);
    expect([topics.length, intents.length]).toEqual([20, 36]);
    expect(new Set(topics).size).toBe(20);
    expect(new Set(intents).size).toBe(36);
  });

  test('is what mapping and own texts map to, and `trained` says which labels they reach', () => {
    expect(mappingErrors(taxonomy, mapping)).toEqual([]);
    const mapped = Object.values(mapping.datasets).flatMap((d) => [...d.rules, ...Object.values(d.labels)]);
    const targets = [...mapped, ...ownExamples('models/default', taxonomy)];
    const reached = {
      topic: new Set(targets.map((t) => t.topic)),
      intent: new Set(targets.map((t) => t.intent)),
    };
    for (const t of taxonomy.topics) expect([t.id, reached.topic.has(t.id)]).toEqual([t.id, t.trained]);
    for (const i of taxonomy.intents) expect([i.id, reached.intent.has(i.id)]).toEqual([i.id, i.trained]);
  });

  test('trains nothing on share-alike data', () => {
    expect(Object.keys(mapping.datasets)).not.toContain('sgd');
  });

  test('a mapping to a label that does not exist is named', () => {
    const wrong = structuredClone(mapping);
    wrong.datasets['clinc150']!.labels['balance'] = { topic: 'money' };
    expect(mappingErrors(taxonomy, wrong)).toEqual(['clinc150: topic money']);
  });
});
