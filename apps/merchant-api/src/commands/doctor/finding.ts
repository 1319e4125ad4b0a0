/** What a look at one thing has shown; whatever is not good comes with what to do. */
export interface Finding {
  readonly verdict: 'good' | 'doubtful' | 'wrong';
  readonly about: string;
  readonly words: string;
  readonly remedy?: string;
}

export function good(about: string, words: string): Finding {
  return { verdict: 'good', about, words };
}

export function doubtful(about: string, words: string, remedy: string): Finding {
  return { verdict: 'doubtful', about, words, remedy };
}

export function wrong(about: string, words: string, remedy: string): Finding {
  return { verdict: 'wrong', about, words, remedy };
}
