import { type Tree } from '@nx/devkit';

/** Puts text before the one place where `mark` stands. Where there is none, or two, nothing is guessed. */
export function insertBefore(tree: Tree, path: string, mark: string, text: string): void {
  const content = tree.read(path, 'utf8');
  if (content === null) {
    throw new Error(`${path} is not here: run this in the workspace of Countersign itself.`);
  }
  const places = content.split(mark).length - 1;
  if (places !== 1) {
    throw new Error(`${path} has changed: "${mark}" stands there ${places} times instead of once.`);
  }
  tree.write(
    path,
    content.replace(mark, () => text + mark),
  );
}
