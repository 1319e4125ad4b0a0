/** A fact and its ids. The library is silent; the command writes JSON lines to standard error. */
export type Log = (fact: string, details: Readonly<Record<string, unknown>>) => void;

export const silent: Log = () => undefined;
