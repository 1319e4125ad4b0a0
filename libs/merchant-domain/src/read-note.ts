import { type Refusal, refuse } from './domain';
import { isUnstorable } from './unstorable-text';

const NOTE_MAX = 1_000;

/** What a person writes down about a repair, without blanks around it; `says` names what it has to say. */
export function readNote(given: string, says: string): string | Refusal {
  const note = given.trim();
  if (note !== '' && note.length <= NOTE_MAX && !isUnstorable(note)) return note;
  return refuse('INVALID_INPUT', `A note of 1 to ${NOTE_MAX} characters says ${says}.`, {
    field: ['note'],
  });
}
