import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ModelSpec, specErrors } from '../../domain/categorize/model.js';
import { parseLexicon, Valence } from '../../domain/categorize/valence.js';
import { PipelineError } from '../../domain/errors.js';

export const MODEL_FILE = 'model.json';

/** A model in memory, checked. */
export interface LoadedModel {
  spec: ModelSpec;
  /** `int8[buckets + lexical][outputs]`. */
  weights: Int8Array;
  /** One a bucket. */
  idf: Float32Array;
  /** What the model's lexicon says of texts; null: it has none. */
  valence: Valence | null;
}

/** The shipped model; it lies beside `src` and `dist` alike. */
export function defaultModelDir(): string {
  return fileURLToPath(new URL('../../../models/default', import.meta.url));
}

/** Reads a model directory and verifies form and checksum. Throws ModelUnavailable. */
export function loadModel(dir: string): LoadedModel {
  const spec = readSpec(dir);
  const { bytes } = spec.weights;
  const data = readChecked(dir, spec.weights);
  if (data.length !== bytes)
    throw unavailable(dir, `${spec.weights.file} has ${data.length} bytes, ${MODEL_FILE} expects ${bytes}`);
  const { buckets, lexical, maxLength } = spec.features;
  const split = (buckets + lexical) * spec.outputs;
  return {
    spec,
    weights: new Int8Array(data.buffer, data.byteOffset, split),
    idf: Float32Array.from(data.subarray(split), (q) => q * spec.idf_scale),
    valence:
      spec.lexicon === null
        ? null
        : new Valence(parseLexicon(readChecked(dir, spec.lexicon).toString('utf8')), maxLength),
  };
}

function readChecked(dir: string, { file, sha256 }: { file: string; sha256: string }): Buffer {
  const data = readModelFile(dir, file);
  const actual = createHash('sha256').update(data).digest('hex');
  if (actual !== sha256)
    throw unavailable(
      dir,
      `${file} has ${data.length} bytes and SHA-256 ${actual}, ${MODEL_FILE} expects ${sha256}`,
    );
  return data;
}

function readSpec(dir: string): ModelSpec {
  let json: unknown;
  try {
    json = JSON.parse(readModelFile(dir, MODEL_FILE).toString('utf8'));
  } catch (error) {
    if (error instanceof PipelineError) throw error;
    throw unavailable(dir, `${MODEL_FILE} is not JSON`, error);
  }
  const parsed = ModelSpec.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw unavailable(dir, `${MODEL_FILE}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`);
  }
  const wrong = specErrors(parsed.data);
  if (wrong.length > 0) throw unavailable(dir, `${MODEL_FILE}: ${wrong.join('; ')}`);
  return parsed.data;
}

function readModelFile(dir: string, file: string): Buffer {
  try {
    return readFileSync(join(dir, file));
  } catch (error) {
    throw unavailable(
      dir,
      `${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`,
      error,
    );
  }
}

function unavailable(dir: string, what: string, cause?: unknown): PipelineError {
  return new PipelineError(
    'ModelUnavailable',
    `The model in ${dir} cannot be used: ${what}. Restore the directory from the release, or train one with "conversation-analytics train".`,
    { cause },
  );
}
