export { platformatic } from './platformatic.ts';
