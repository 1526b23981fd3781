import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { TaxonomySchema, type Taxonomy } from '../../domain/categorize/taxonomy.js';
import { PipelineError } from '../../domain/errors.js';

/** The taxonomy that lies beside a model. Throws ModelUnavailable. */
export function readModelTaxonomy(modelDir: string): Taxonomy {
  try {
    return TaxonomySchema.parse(parse(readFileSync(join(modelDir, 'taxonomy.yaml'), 'utf8')));
  } catch (cause) {
    throw new PipelineError(
      'ModelUnavailable',
      `${join(modelDir, 'taxonomy.yaml')} cannot be read as a taxonomy.\n` +
        'Allowed is the directory of a model, with its taxonomy.yaml.\n' +
        'Restore it from the release, or name another model by MODEL_DIR.',
      { cause },
    );
  }
}
