/** The fields of a class, without the class. */
export type Plain<Class> = { readonly [Name in keyof Class]: Class[Name] };

/** An object of a GraphQL type, every field of it given. */
export function made<Class extends object>(type: new () => Class, fields: Plain<Class>): Class {
  return Object.assign(new type(), fields);
}
