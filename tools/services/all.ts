import { chromium } from './chromium.ts';
import { kafka } from './kafka.ts';
import { netcat } from './netcat.ts';
import { postgres } from './postgres.ts';
import type { Service } from './service.ts';
import { spark } from './spark.ts';

export const services: readonly Service[] = [netcat, chromium, postgres, kafka, spark];
