import { error } from '../errors/index.ts';
import type { AnyFunction } from '../lineage/function-scope.ts';
import { callSite } from './call-site.ts';
import type { Operator, OutputNode, PlanNode } from './node.ts';

/** What a node is made from. */
export interface NodeSpec {
  readonly operator: Operator;
  readonly inputs: readonly PlanNode[];
  readonly slideMs: number;
  /** True if the user has said how often; else it is the slide of the inputs. */
  readonly fixedSlide?: boolean;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly functions?: readonly AnyFunction[];
  /** The user's name for it; else kind and number. */
  readonly name?: string;
}

/** The nodes of one program, in the order in which they were made. */
export class Plan {
  readonly #nodes = new Map<string, PlanNode>();
  readonly #outputs: OutputNode[] = [];
  readonly #counts = new Map<string, number>();
  #sealed = false;

  /** All nodes but outputs. */
  get nodes(): readonly PlanNode[] {
    return [...this.#nodes.values()].filter((n) => !this.#outputs.includes(n as OutputNode));
  }

  /** Outputs in definition order. */
  get outputs(): readonly OutputNode[] {
    return this.#outputs;
  }

  /** From now on nodes are attached on the driver. */
  seal(): void {
    this.#sealed = true;
  }

  get sealed(): boolean {
    return this.#sealed;
  }

  /** A node by name. @throws if there is none */
  node(name: string): PlanNode {
    const node = this.#nodes.get(name);
    if (node === undefined) throw new Error(`the plan has no node "${name}"`);
    return node;
  }

  /** Adds a node. @throws MR_DUPLICATE_NAME */
  add(spec: NodeSpec): PlanNode {
    const node = Object.freeze(this.#make(spec));
    this.#nodes.set(node.name, node);
    return node;
  }

  /** Adds an output. @throws MR_DUPLICATE_NAME; MR_OPTION for an output attached on the driver without a name */
  addOutput(spec: NodeSpec): OutputNode {
    if (this.#sealed && spec.name === undefined) {
      throw error('MR_OPTION', {
        option: 'name',
        value: 'undefined',
        rule: `must be given for an output that is attached to a loaded job: ${spec.operator.kind}(…, { name: '…' })`,
      });
    }
    const output = Object.freeze({ ...this.#make(spec), outputId: this.#outputs.length });
    this.#nodes.set(output.name, output);
    this.#outputs.push(output);
    return output;
  }

  #make(spec: NodeSpec): PlanNode {
    const createdAt = callSite();
    if (spec.name !== undefined) checkName(spec.name);
    const name = spec.name ?? this.#nextName(spec.operator.kind);
    const known = this.#nodes.get(name);
    if (known !== undefined) throw error('MR_DUPLICATE_NAME', { name, first: known.createdAt, second: createdAt });
    const { operator, inputs, slideMs, fixedSlide = false, params = {}, functions = [] } = spec;
    return { operator, name, inputs, slideMs, fixedSlide, params, functions, createdAt, attached: this.#sealed };
  }

  #nextName(kind: string): string {
    for (;;) {
      const n = (this.#counts.get(kind) ?? 0) + 1;
      this.#counts.set(kind, n);
      const name = `${kind}-${n}`;
      if (!this.#nodes.has(name)) return name;
    }
  }
}

/** Names are parts of addresses: the signs that addresses are put together with are not allowed in them. */
function checkName(name: unknown): void {
  if (typeof name === 'string' && name !== '' && name !== RESERVED && !/[@#/!]/.test(name)) return;
  throw error('MR_OPTION', {
    option: 'name',
    value: name,
    rule: `must be a text that is not empty, has none of @ # / ! in it, and is not "${RESERVED}"`,
  });
}

/** The scope of RDDs that belong to no stream. */
const RESERVED = 'ssc';
