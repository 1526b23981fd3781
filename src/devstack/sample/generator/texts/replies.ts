/** What a service says around the matter itself. */

export const BOT_GREETINGS = [
  'Hi there, I am the assistant. What can I do for you?',
  'Welcome! Ask me anything about your account, orders or bookings.',
  'Hello, how can I help today?',
] as const;

export const USER_GREETINGS = [
  'Hi,',
  'Hello,',
  'hey',
  'Good morning,',
  'Good evening,',
  'hi there',
  'Hello team,',
] as const;

export const HANDOFFS = [
  'I am passing you to a colleague, one moment please.',
  'Let me bring in somebody from the team.',
  'A human colleague will take it from here.',
] as const;

export const AGENT_OPENINGS = [
  'Hello, this is {agent}. I have read the chat so far.',
  'Hi, {agent} here, let me look into that.',
  'Good day, my name is {agent}, I am taking over.',
] as const;

export const PRIVATE_NOTES = [
  'Checked with the second line, all fine.',
  'Customer was verified by mail.',
  'See the ticket of last week.',
  'Goodwill within the usual limits.',
] as const;

export const SYSTEM_NOTES = ['Conversation assigned to {agent}', 'Chat was tagged', 'Survey sent'] as const;

export const BOT_CLOSINGS = [
  'Is there anything else?',
  'Anything else I can do for you?',
  'You are welcome.',
  'Have a good day!',
] as const;

export const CAMPAIGNS = [
  'Your weekly summary is ready. Open the app to see it.',
  'We have updated our terms, nothing changes for you.',
  'How did you like your last visit? Tell us in the app.',
] as const;

/** Questions that wait for an answer; some users never give one. */
export const BOT_REMINDERS = ['Are you still there?', 'Shall I keep this open for you?'] as const;
