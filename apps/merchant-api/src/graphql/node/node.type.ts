import { Field, ID, InterfaceType } from 'type-graphql';

/** Each node's class names its type, so that `node(id)` knows what it found. */
@InterfaceType('Node', {
  description: 'A record that can be found again by its id alone.',
})
export abstract class NodeType {
  @Field(() => ID, {
    description: 'Opaque and globally unique: keep it, compare it, pass it back; do not read it.',
  })
  id!: string;
}
