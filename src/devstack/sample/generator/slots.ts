import type { Random } from './random.js';

/** Values for the slots of one conversation, the same in all its messages. */
export type Slots = Record<string, string>;

const PRODUCTS =
  'desk lamp,rain jacket,kettle,backpack,wool blanket,office chair,bike light,teapot,hiking pole,sofa cover,headset,picture frame'.split(
    ',',
  );
const CITIES = 'Leeds,Bergen,Porto,Ghent,Graz,Lyon,Turin,Malmo,Cork,Bilbao,Krakow,Tartu'.split(',');
const DAYS = 'Monday,Tuesday,Wednesday,Thursday,Friday,Saturday,the 3rd,the 14th,the 21st'.split(',');
const MONTHS = 'January,February,March,April,May,June,October,November,December'.split(',');
const PLANS = 'Basic,Plus,Studio,Family,Team,Pro'.split(',');
const MERCHANTS =
  'a petrol station,the bakery,an online toy shop,the ferry office,a bookshop,the tyre garage'.split(',');
const TIMES = '9 am,10:30,noon,2 pm,16:15,6 pm,half past seven'.split(',');
const NAMES = 'ada,ben,carla,dimitri,elif,femi,greta,hugo,ines,jonas,kemal,lena,mika,nora,otto,pilar'.split(
  ',',
);
export const AGENTS = 'Alma,Bruno,Chidi,Dagny,Emre,Fiona,Gwen,Hiro'.split(',');

export function createSlots(random: Random): Slots {
  const name = random.pick(NAMES);
  return {
    product: random.pick(PRODUCTS),
    city: random.pick(CITIES),
    day: random.pick(DAYS),
    month: random.pick(MONTHS),
    plan: random.pick(PLANS),
    merchant: random.pick(MERCHANTS),
    time: random.pick(TIMES),
    order: random.pick(['#', 'A-', 'no ', '']) + String(random.int(10_000, 98_999)),
    amount: `${random.pick(['£', '€', '$'])}${random.int(5, 480)}${random.pick(['', '.00', '.50', '.99'])}`,
    email: `${name}${random.int(1, 99)}@${random.pick(['mail', 'post', 'inbox'])}.example`,
    agent: random.pick(AGENTS),
  };
}

export function fill(template: string, slots: Slots): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => slots[name] ?? whole);
}
