/** What the suite needs of a cluster that a port cannot do. All resolve when the brokers have done it. */
export interface TestCluster {
  /** Makes a topic, with options of the broker such as `cleanup.policy`. */
  createTopic(name: string, numPartitions: number, config?: Readonly<Record<string, string>>): Promise<void>;
  deleteTopic(name: string): Promise<void>;
  /** @param numPartitions how many it has then */
  addPartitions(topic: string, numPartitions: number): Promise<void>;
  /** Deletes the records of a partition that lie before an offset, as retention does. */
  deleteRecords(topic: string, partition: number, before: number): Promise<void>;
}
