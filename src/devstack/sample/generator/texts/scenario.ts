/** What a conversation is about, in our own words; `{order}` and the like are slots, see slots.ts. */
export interface Scenario {
  topic: string;
  intent: string;
  /** How the user may begin; each says what the user wants without saying how they feel. */
  openings: readonly string[];
  /** What the bot asks back. */
  questions: readonly string[];
  /** What the user answers. */
  answers: readonly string[];
  /** What the bot or an agent says to settle it. */
  solutions: readonly string[];
  /** How the user of such a conversation tends to feel. */
  mood: Mood;
}

export type Mood = 'calm' | 'trouble' | 'angry' | 'happy' | 'flat';

export const SENTIMENTS = ['very_negative', 'negative', 'neutral', 'positive', 'very_positive'] as const;
export type Sentiment = (typeof SENTIMENTS)[number];
