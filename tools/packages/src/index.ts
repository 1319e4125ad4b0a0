export { type Consumer, createConsumer, ESBUILD, PUBLINT, TSC } from './consumer';
export { type LocalRegistry, startLocalRegistry } from './local-registry';
export { npm } from './npm';
export { findNode, type OtherNode } from './other-nodes';
export {
  GENERATORS_FOLDER,
  type Manifest,
  manifestIn,
  packAll,
  type Package,
  PACKAGE_FOLDERS,
  REPOSITORY,
} from './packages';
export { readmeProgram } from './readme-program';
export { runBounded } from './run-bounded';
