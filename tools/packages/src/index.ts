export { type Consumer, createConsumer, ESBUILD, PUBLINT, TSC } from './consumer';
export { type Manifest, manifestIn, packAll, type Package, REPOSITORY } from './packages';
export { readmeProgram } from './readme-program';
