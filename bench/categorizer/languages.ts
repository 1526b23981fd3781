import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as Classifier from '../../src/adapters/classifier/index.js';
import type * as Html from '../../src/adapters/text/html-to-text.js';
import type * as Language from '../../src/adapters/text/language.js';
import type * as Taxonomy from '../../src/domain/categorize/taxonomy.js';
import type * as Threads from '../../src/domain/categorize/threads.js';
import type * as Process from '../../src/domain/process/index.js';

type Load = <T>(path: string) => Promise<T>;

/** The files of a set of texts: `<ISO code><suffix>`, a text a line. */
const SUFFIX = '.sentences.txt';

/** What becomes of texts in one language, each by itself through the pipeline. */
interface LanguageRow {
  language: string;
  texts: number;
  /** Share that is `unknown` with reason `language`. */
  unknownLanguage: number;
  /** Share whose intent or topic is another label than `unknown`. */
  labelled: number;
}

/** Sentences of many languages, each as a conversation of one message, labelled by the shipped model as the pipeline would. */
export async function languages({ load, datasetsDir }: { load: Load; datasetsDir: string }) {
  const { createTypedArrayClassifier } = await load<typeof Classifier>('adapters/classifier/index.js');
  const { createHtmlToText } = await load<typeof Html>('adapters/text/html-to-text.js');
  const { createLanguageDetector } = await load<typeof Language>('adapters/text/language.js');
  const { categorizeThreads } = await load<typeof Threads>('domain/categorize/threads.js');
  const { processThread, threadOfTexts } = await load<typeof Process>('domain/process/index.js');
  const { UNKNOWN } = await load<typeof Taxonomy>('domain/categorize/taxonomy.js');
  const classifier = createTypedArrayClassifier('models/default');
  const context = {
    source: 'languages',
    runId: 'languages',
    detector: createLanguageDetector(),
    html: createHtmlToText(),
  };
  const dir = join(datasetsDir, 'lang');
  const rows: LanguageRow[] = [];
  for (const file of readdirSync(dir).filter((name) => name.endsWith(SUFFIX))) {
    const texts = readFileSync(join(dir, file), 'utf8')
      .split('\n')
      .filter((line) => line.trim() !== '');
    const facts = texts.flatMap(
      (text, n) => processThread(threadOfTexts(String(n), [{ text, role: 'user' }]), context).facts ?? [],
    );
    const labelled = await categorizeThreads(facts, classifier, new AbortController().signal);
    const share = (holds: (thread: (typeof labelled)[number]) => boolean): number =>
      labelled.filter(holds).length / texts.length;
    rows.push({
      language: file.slice(0, -SUFFIX.length),
      texts: texts.length,
      unknownLanguage: share(({ categories }) =>
        categories.every(({ label, reason }) => label === UNKNOWN && reason === 'language'),
      ),
      labelled: share(({ conversation: { topic, intent } }) => topic !== UNKNOWN || intent !== UNKNOWN),
    });
  }
  const others = rows.filter(({ language }) => !classifier.languages.includes(language));
  return {
    dataset: 'languages',
    texts: others.reduce((sum, { texts }) => sum + texts, 0),
    leastUnknownLanguage: Math.min(...others.map((row) => row.unknownLanguage)),
    mostLabelled: Math.max(...others.map((row) => row.labelled)),
    languages: rows,
  };
}
