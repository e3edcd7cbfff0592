/*
 * Names that the sink has in Kafka. All begin with `millrace.`, so that one rule may allow them.
 */

/** Of the group of an output, which says how many partitions its batches have. */
export const layoutGroup = ({ job, output }: { readonly job: string; readonly output: string }): string =>
  `millrace.${part(job)}.${part(output)}`;

/** Of the transactions of a partition of an output, and of the group that has its receipts. */
export const laneName = (of: { readonly job: string; readonly output: string; readonly partition: number }): string =>
  `${layoutGroup(of)}.${of.partition}`;

/** Without dots, which end it. Other names are as they are, as far as they are of plain characters. */
const part = (name: string): string => encodeURIComponent(name).replaceAll('.', '%2E');
