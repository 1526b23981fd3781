/** Percent-encodes everything but letters, digits, `.` and `-`, so that no app id can equal a reserved name. */
export function encodeKeyPart(value: string): string {
  return encodeURIComponent(value).replace(
    /[_~!*'()]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
