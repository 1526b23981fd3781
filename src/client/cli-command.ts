import { Command, type Argument, type ErrorOptions, type Option } from 'commander';

import { UsageError } from './errors.js';

/**
 * A command whose faults of usage are told as every other error of the program: what was given, what is allowed, and
 * what to do next, in at most three lines. Every `command()` beneath it is one, too.
 */
export class CliCommand extends Command {
  override createCommand(name?: string): CliCommand {
    return new CliCommand(name);
  }

  /** Called by commander for each fault of usage. */
  override error(message: string, options?: ErrorOptions): never {
    throw usageError(this, message, options?.code ?? '');
  }
}

/** Name of a command with its parents: `conversation-analytics mongo rebuild`. */
export function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

/** Options that a command takes: its own and those of the program. */
export function optionsOf(command: Command): Option[] {
  const own = command.createHelp().visibleOptions(command);
  return command.parent === null ? own : [...own, ...optionsOf(command.parent)];
}

function usageError(command: Command, message: string, code: string): UsageError {
  const [first = '', suggestion = ''] = message.replace(/^error: /, '').split('\n');
  const help = `Options and examples: ${pathOf(command)} --help`;
  const meant = /^\(Did you mean (.+)\?\)$/.exec(suggestion)?.[1];
  return new UsageError(
    [
      sentence(code === 'commander.excessArguments' ? excess(command) : first),
      allowedLine(command, code, first),
      meant === undefined ? help : `Did you mean ${meant}? ${help}`,
    ].join('\n'),
  );
}

function sentence(text: string): string {
  const whole = text.endsWith('.') ? text : `${text}.`;
  return whole.charAt(0).toUpperCase() + whole.slice(1);
}

function excess(command: Command): string {
  const unexpected = command.args.slice(command.registeredArguments.length);
  return `${unexpected.map((arg) => JSON.stringify(arg)).join(' ')} cannot be used with ${command.name()}`;
}

function allowedLine(command: Command, code: string, message: string): string {
  switch (code) {
    case 'commander.unknownOption':
      return `Allowed are ${longFlags(command).join(', ')}.`;
    case 'commander.unknownCommand':
      return `Allowed are ${command
        .createHelp()
        .visibleCommands(command)
        .map((known) => known.name())
        .join(', ')}.`;
    case 'commander.missingMandatoryOptionValue':
    case 'commander.optionMissingArgument': {
      const option = optionsOf(command).find(({ flags }) => message.includes(`'${flags}'`));
      return option === undefined ? usageLine(command) : `Needed: ${option.flags}, ${option.description}.`;
    }
    case 'commander.missingArgument': {
      const missing = command.registeredArguments.find((argument) =>
        message.includes(`'${argument.name()}'`),
      );
      return missing === undefined ? usageLine(command) : `Needed: ${describeArgument(missing)}.`;
    }
    default:
      return usageLine(command);
  }
}

function longFlags(command: Command): string[] {
  return [...new Set(optionsOf(command).flatMap(({ long }) => long ?? []))];
}

function usageLine(command: Command): string {
  return `Allowed is: ${pathOf(command)} ${command.usage()}`.trimEnd();
}

function describeArgument(argument: Argument): string {
  const choices = argument.argChoices === undefined ? '' : ` (${argument.argChoices.join(', ')})`;
  return `<${argument.name()}>, ${argument.description}${choices}`;
}
