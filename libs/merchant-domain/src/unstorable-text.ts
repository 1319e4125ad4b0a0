/** Whether a text holds what no database and no charset keeps: NUL, or half of a surrogate pair. */
export function isUnstorable(text: string): boolean {
  return text.includes('\u0000') || /\p{Cs}/u.test(text);
}
