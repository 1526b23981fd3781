import { loadReportsProduct } from './product.js';

export interface OnceResult {
  /** Seconds of the figures, and of the list of conversations after them. */
  figures: number;
  conversationsList: number;
  cpu: number;
  /** Highest resident memory of the process, bytes. */
  maxRss: number;
  rows: number;
  listed: number;
  engaged: number;
  messages: number;
}

/** Makes one report in a process of its own, so that memory is that of one report: `node once.js <lake> <period>`. */
const [, , dir = '', period = ''] = process.argv;
const { reportData, objectStore } = await loadReportsProduct();
const data = reportData.createReportData(objectStore.createFileObjectStore(dir), {
  timezone: 'Europe/Berlin',
  weekStart: 'monday',
  userScope: 'app',
  fallbackPattern: 'did not understand',
  responseTargetMs: 4 * 3_600_000,
  businessHours: {
    default: {
      hours: Object.fromEntries(
        (['monday', 'tuesday', 'wednesday', 'thursday', 'friday'] as const).map((day) => [
          day,
          ['09:00-17:30'],
        ]),
      ),
      holidays: [],
    },
    apps: {},
  },
});
const signal = new AbortController().signal;
const request = { kind: 'monthly', period, appId: null } as const;
const cpu = process.cpuUsage();
const start = performance.now();
const report = await data.computeReport(request, signal);
const computed = performance.now();
let listed = 0;
for await (const rows of data.conversations(request, signal)) listed += rows.length;
const end = performance.now();
const { user, system } = process.cpuUsage(cpu);
const total = (metric: string) =>
  report.rows.find((row) => row.metric === metric && row.dimension === null)?.n ?? 0;
const result: OnceResult = {
  figures: (computed - start) / 1000,
  conversationsList: (end - computed) / 1000,
  cpu: (user + system) / 1e6,
  maxRss: process.resourceUsage().maxRSS * 1024,
  rows: report.rows.length,
  listed,
  engaged: total('engaged_conversations'),
  messages: total('messages') + total('private_messages'),
};
process.stdout.write(`${JSON.stringify(result)}\n`);
