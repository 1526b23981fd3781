import type { Random } from './random.js';
import { fill, type Slots } from './slots.js';
import { write, type Style } from './style.js';
import { CLOSINGS, FEELING_LINES } from './texts/moods.js';
import type { ForeignText } from './texts/other-languages.js';
import * as REPLIES from './texts/replies.js';
import type { Scenario, Sentiment } from './texts/scenario.js';

export type Speaker = 'user' | 'bot' | 'agent' | 'system';

export interface Turn {
  speaker: Speaker;
  text: string;
  isPrivate: boolean;
  /** Seconds since the turn before. */
  gap: number;
}

export type Ending = 'solved' | 'handed_over' | 'left';

export interface Chat {
  turns: Turn[];
  ending: Ending;
}

/** A whole conversation about one scenario, in the feeling given. The user's own texts show what it is about and how they feel. */
export function writeChat(
  scenario: Scenario,
  sentiment: Sentiment,
  slots: Slots,
  style: Style,
  random: Random,
): Chat {
  const script = new Script(random, slots);
  const user = (text: string): void => {
    script.user(write(fill(text, slots), style, sentiment, random));
  };
  const feeling = (): string => (sentiment === 'neutral' ? '' : random.pick(FEELING_LINES[sentiment]));

  if (random.chance(0.15)) script.bot(random.pick(REPLIES.BOT_GREETINGS));
  const greeting = random.chance(0.35) ? `${random.pick(REPLIES.USER_GREETINGS)} ` : '';
  const opening = greeting + random.pick(scenario.openings);
  const first = feeling();
  if (first === '') user(opening);
  else if (random.chance(0.6)) user(/[?!]$/.test(opening) ? `${opening} ${first}.` : `${opening}. ${first}.`);
  else {
    user(opening);
    user(first);
  }
  const asks = random.chance(0.75);
  if (asks) script.bot(random.pick(scenario.questions));
  if (random.chance(0.07)) return script.left();
  if (asks) user(random.pick(scenario.answers));
  const strong = sentiment === 'very_negative' || sentiment === 'very_positive';
  if (random.chance(strong ? 0.5 : 0.15) && sentiment !== 'neutral') user(feeling());
  const handed = random.chance(scenario.intent === 'contact_human' ? 0.8 : 0.22);
  if (handed) script.handOver(fill(random.pick(scenario.solutions), slots));
  else script.bot(fill(random.pick(scenario.solutions), slots));
  if (random.chance(0.7)) user(random.pick(CLOSINGS[sentiment]));
  if (random.chance(0.3)) script.bot(random.pick(REPLIES.BOT_CLOSINGS));
  return script.end(handed ? 'handed_over' : 'solved');
}

/** A short conversation in another language; bot and agents answer in English. */
export function writeForeignChat(foreign: ForeignText, slots: Slots, random: Random): Chat {
  const script = new Script(random, slots);
  script.user(fill(foreign.text, slots));
  script.bot(random.pick(REPLIES.BOT_GREETINGS));
  if (random.chance(0.3)) script.handOver('I will look into it and write to you.');
  script.user(foreign.closing);
  return script.end('solved');
}

/** One user who writes a language that nobody knows. */
export function writeInventedChat(text: string, slots: Slots, random: Random): Chat {
  const script = new Script(random, slots);
  script.user(text);
  script.bot(random.pick(REPLIES.BOT_GREETINGS));
  return script.end('left');
}

/** A message to a user who never answers. */
export function writeCampaign(slots: Slots, random: Random): Chat {
  const script = new Script(random, slots);
  script.bot(random.pick(REPLIES.CAMPAIGNS));
  return script.end('left');
}

class Script {
  private readonly turns: Turn[] = [];
  constructor(
    private readonly random: Random,
    private readonly slots: Slots,
  ) {}

  user(text: string): void {
    const last = this.turns.at(-1)?.speaker;
    this.add('user', text, last === 'user' ? [3, 25] : [8, 180]);
  }

  bot(text: string): void {
    this.add('bot', text, [1, 8]);
  }

  handOver(solution: string): void {
    const { random, slots } = this;
    this.bot(random.pick(REPLIES.HANDOFFS));
    this.add('system', fill(random.pick(REPLIES.SYSTEM_NOTES), slots), [1, 5]);
    this.add('agent', fill(random.pick(REPLIES.AGENT_OPENINGS), slots), [60, 1800]);
    if (random.chance(0.25)) this.add('agent', random.pick(REPLIES.PRIVATE_NOTES), [10, 60], true);
    this.add('agent', solution, [30, 300]);
  }

  /** The user goes without a word. */
  left(): Chat {
    if (this.random.chance(0.5)) this.add('bot', this.random.pick(REPLIES.BOT_REMINDERS), [300, 600]);
    return this.end('left');
  }

  end(ending: Ending): Chat {
    return { turns: this.turns, ending };
  }

  private add(speaker: Speaker, text: string, gap: [number, number], isPrivate = false): void {
    this.turns.push({
      speaker,
      text,
      isPrivate,
      gap: this.turns.length === 0 ? 0 : this.random.int(...gap),
    });
  }
}
