import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A few sentences in the layout of each public data set, our own; `order` and `weather` are what is learned. */
const SUBJECTS = ['my', 'the', 'our', 'that', 'this', 'a', 'her', 'his', 'their', 'your', 'some', 'one'];
const ORDER = SUBJECTS.map((s) => `where is ${s} parcel`);
const WEATHER = SUBJECTS.map((s) => `will ${s} rain stop tomorrow`);
const NONSENSE = SUBJECTS.map((s) => `${s} purple elephants sing loudly`);

export function writeTinyDatasets(dir: string): void {
  const put = (path: string, text: string): void => {
    mkdirSync(join(dir, path, '..'), { recursive: true });
    writeFileSync(join(dir, path), text);
  };
  const pairs = (texts: string[], label: string): [string, string][] => texts.map((text) => [text, label]);
  const split = [...pairs(ORDER, 'order_status'), ...pairs(WEATHER, 'weather')];
  put(
    'clinc150/data_full.json',
    JSON.stringify({
      train: split,
      val: split.slice(0, 15),
      test: [
        ['where is another parcel', 'order_status'],
        ['will the snow stop tomorrow', 'weather'],
      ],
      oos_train: pairs(NONSENSE, 'oos'),
      oos_val: pairs(NONSENSE.slice(0, 3), 'oos'),
      oos_test: [['green elephants sing', 'oos']],
    }),
  );
  const csv = (rows: string[]): string => ['text,category', ...rows].join('\n');
  put('banking77/train.csv', csv(SUBJECTS.map((s) => `"has ${s} card, the new one, arrived",card_arrival`)));
  put('banking77/test.csv', csv(['has another card arrived,card_arrival']));
  for (const part of ['Training', 'Validation', 'Testing'])
    put(
      `bitext/Bitext_Sample_Customer_Service_${part}_Dataset.csv`,
      ['utterance,intent', ...SUBJECTS.map((s) => `track ${s} purchase,track_order`)].join('\n'),
    );
  for (let part = 0; part < 8; part++)
    put(
      `taskmaster4/data_0${String(part)}.jsonl`,
      JSON.stringify({
        vertical: 'Coffee',
        turns: [{ s: 'user', t: `one latte number ${String(part)} please` }],
      }),
    );
  put('goemotions/original/labels.txt', 'admiration\nanger\nneutral\n');
  const comments = SUBJECTS.flatMap((s) => [
    `${s} song is wonderful\t0\tx`,
    `${s} song is horrible\t1\tx`,
    `${s} song is on\t2\tx`,
  ]).join('\n');
  for (const part of ['train', 'dev', 'test']) put(`goemotions/original/${part}.tsv`, comments);
  for (const file of ['tweets', 'amazonReviewSnippets', 'nytEditorialSnippets', 'movieReviewSnippets'])
    put(
      `vader/hutto_ICWSM_2014/${file}_GroundTruth.txt`,
      SUBJECTS.map(
        (s, n) =>
          `${String(n)}\t${n % 2 === 0 ? '3.1' : '-2.9'}\t${s} film was ${n % 2 === 0 ? 'wonderful' : 'horrible'}`,
      ).join('\n'),
    );
  put('vader/vader_lexicon.txt', 'wonderful\t2.7\t0.6\t[3, 2]\nhorrible\t-2.5\t0.6\t[-3, -2]\n');
}
