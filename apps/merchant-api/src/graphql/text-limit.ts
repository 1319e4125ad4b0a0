/** Longer than any text of a form; what exactly a text may hold is for the domain to say. */
export const textCharactersMax = 1_000;

export const tooLong = {
  message: `This text is too long: at most ${textCharactersMax} characters, and mostly far fewer.`,
};
