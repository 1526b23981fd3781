import type { Config } from '../../config.js';
import { PipelineError } from '../../domain/errors.js';
import type { Check } from './finding.js';

const SELECT_MS = 4_000;

export interface MongoOptions {
  mongodb: Config['mongodb'];
  /** Whether commands start one where none is named. */
  embedded: boolean;
  /** To find the server. */
  selectMs?: number;
  timeoutMs?: number;
}

/** Reaches it, signs in, tries the rights, and looks for the indexes. */
export function checkMongo(given: MongoOptions): Check {
  const { mongodb, embedded, selectMs = SELECT_MS, timeoutMs = 15_000 } = given;
  return {
    area: 'MongoDB',
    timeoutMs,
    variables: 'MONGODB_URI',
    run: async (report) => {
      if (mongodb === null) {
        report({
          check: 'address',
          level: embedded ? 'embedded' : 'ok',
          message: embedded
            ? 'started on demand: MONGODB_URI is not set'
            : 'not used: MONGODB_URI is not set, so rows go to the lake only',
        });
        return;
      }
      const { createIndexes, inspectMongo } = await import('../../adapters/mongo/inspect.js');
      let inspection: Awaited<ReturnType<typeof inspectMongo>>;
      try {
        inspection = await inspectMongo(mongodb, selectMs);
      } catch (error) {
        if (!(error instanceof PipelineError)) throw error;
        const [message = '', remedy = ''] = error.message.split(/: (?=check )/);
        report({
          check: error.type === 'MongoAuth' ? 'access' : 'address',
          level: 'broken',
          message,
          remedy: remedy === '' ? 'check MONGODB_URI' : remedy,
        });
        return;
      }
      report({
        check: 'access',
        level: 'ok',
        message: `answers, and may be read and written; server ${inspection.version}, database ${mongodb.database}`,
      });
      const { missingIndexes: missing } = inspection;
      if (missing.length === 0) {
        report({ check: 'indexes', level: 'ok', message: 'every index is there' });
        return;
      }
      report({
        check: 'indexes',
        level: 'warning',
        message: `${missing.length} indexes are missing: ${missing.join(', ')}`,
        remedy: `doctor --repair, or the next collection makes them in ${mongodb.database} (MONGODB_DATABASE)`,
        repair: async () => {
          await createIndexes(mongodb);
          return `${missing.length} indexes created`;
        },
      });
    },
  };
}
