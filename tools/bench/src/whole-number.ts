/** The value of an option, or a mistake that names it. */
export function wholeNumber(name: string, text: string, max: number, min = 1): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= min && value <= max) return value;
  throw new Error(`${name} is no whole number from ${min} to ${max}`);
}
