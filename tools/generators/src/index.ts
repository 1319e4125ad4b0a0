export { consumerAppGenerator, type ConsumerAppOptions } from './consumer-app.generator';
export { operationGenerator, type OperationOptions } from './operation.generator';
