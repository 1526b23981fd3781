import picocolors from 'picocolors';

export type Colors = Pick<
  ReturnType<typeof picocolors.createColors>,
  'bold' | 'cyan' | 'dim' | 'green' | 'red' | 'yellow'
>;

/**
 * Colors for a stream: only on a terminal, and never where NO_COLOR is set (no-color.org: present and not empty) or the
 * terminal is dumb.
 */
export function colorsFor(
  stream: { isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): Colors {
  const refused = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  return picocolors.createColors(stream.isTTY === true && !refused);
}
