// Makes models/language/ngrams.bin from the language detector eld (a development dependency): its small n-gram set, cut
// down to the languages that are told apart. A row an n-gram: 6 bytes of UTF-8, padded with zeros, then one byte a
// language, the n-gram's score there or 0. Rows are sorted, so that the same version of eld gives the same bytes.
//   node scripts/make-language-table.mjs
import { Buffer } from 'node:buffer';
import { readFileSync, writeFileSync } from 'node:fs';
import { DETECTED_LANGUAGES, NGRAM_BYTES } from '../dist/adapters/text/ngram-table.js';

const eld = new URL('../node_modules/eld/', import.meta.url);
const { ngramsData } = await import(new URL('src/ngrams/small.js', eld).href);
const { dictionary } = await import(new URL('src/dictionary.js', eld).href);
/** eld leaves this out of its file, to keep it small. */
const BASE_SCORE = 53;

// eld writes each byte above 127 as a character of its own; a space there stands for no byte.
const byteOf = new Map(
  dictionary
    .map((character, byte) => [character, byte])
    .filter(([character, byte]) => byte > 127 && character !== ' '),
);
const idOf = (language) => Object.entries(ngramsData.languages).find(([, code]) => code === language)[0];
const ids = DETECTED_LANGUAGES.map(idOf);

const rows = [];
for (const [ngram, scores] of Object.entries(ngramsData.ngrams)) {
  if (!ids.some((id) => id in scores)) continue;
  const row = Buffer.alloc(NGRAM_BYTES + ids.length);
  [...ngram].forEach((character, i) => (row[i] = byteOf.get(character) ?? character.charCodeAt(0)));
  ids.forEach((id, i) => (row[NGRAM_BYTES + i] = id in scores ? scores[id] + BASE_SCORE : 0));
  rows.push(row);
}
rows.sort(Buffer.compare);
writeFileSync(new URL('../models/language/ngrams.bin', import.meta.url), Buffer.concat(rows));
const { version } = JSON.parse(readFileSync(new URL('package.json', eld), 'utf8'));
console.log(`${rows.length} n-grams of eld ${version}`);
