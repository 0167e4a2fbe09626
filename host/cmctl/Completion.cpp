#include "cmctl/Completion.h"

#include "cmctl/CommandTable.h"
#include "cmctl/Help.h"

namespace clustermanager::cmctl {

namespace {

std::string joined(const std::vector<std::string_view>& words)
{
    std::string text;
    for (const std::string_view word : words) text += (text.empty() ? "" : " ") + std::string(word);
    return text;
}

std::string commandNames()
{
    std::vector<std::string_view> names;
    for (const CommandRow& command : commandTable())
        if (!command.hidden) names.push_back(command.name);
    return joined(names);
}

/// "--json --wait="
std::string optionWords(const std::vector<const OptionRow*>& options)
{
    std::string text;
    for (const OptionRow* option : options)
        text +=
            (text.empty() ? "--" : " --") + std::string(option->name) + (option->argument.empty() ? "" : "=");
    return text;
}

std::string everywhereWords()
{
    std::vector<const OptionRow*> options;
    for (const OptionRow& option : optionTable())
        if (option.everywhere) options.push_back(&option);
    return optionWords(options);
}

/// What `cmctl names` is asked for; "": nothing.
std::string namesWord(Words words)
{
    switch (words)
    {
    case Words::Groups: return "groups";
    case Words::Children: return "children";
    case Words::GroupsOrChildren: return "all";
    case Words::None:
    case Words::Files:
    case Words::Choices: break;
    }
    return "";
}

// --- bash ---

std::string bashWords(Words words, const std::vector<std::string_view>& choices)
{
    if (words == Words::Choices) return "_cmctl_words '" + joined(choices) + "'";
    if (words == Words::Files) return "_cmctl_files";
    const std::string names = namesWord(words);
    return names.empty() ? "COMPREPLY=()" : "_cmctl_words \"$(_cmctl_names " + names + ")\"";
}

/// Of "-n|--lines"
std::string bashPattern(const OptionRow& option)
{
    return (option.letter == '\0' ? "" : std::string{'-', option.letter, '|'}) + "--" +
           std::string(option.name);
}

constexpr const char* kBashHead = R"(# bash completion of cmctl, made by `cmctl completion bash`

_cmctl_words()
{
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
    [[ ${#COMPREPLY[@]} != 1 || ${COMPREPLY[0]} != *= ]] || compopt -o nospace
}

_cmctl_files()
{
    compopt -o filenames
    mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}

_cmctl_names()
{
    "${COMP_WORDS[0]}" names "$1" --timeout=1s 2>/dev/null
}

_cmctl()
{
    local cur=${COMP_WORDS[COMP_CWORD]} option='' command='' i
    COMPREPLY=()
    # "--socket=x" is three words here, "--socket x" two.
    ((COMP_CWORD == 0)) || option=${COMP_WORDS[COMP_CWORD - 1]}
    if [[ $cur == '=' ]]; then
        cur=''
    elif [[ $option == '=' ]] && ((COMP_CWORD > 1)); then
        option=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
)";

}  // namespace

std::string bashCompletion()
{
    std::string withValue;
    std::string values;
    for (const OptionRow& option : optionTable())
    {
        if (option.argument.empty()) continue;
        withValue += (withValue.empty() ? "" : "|") + bashPattern(option);
        values += "        " + bashPattern(option) + ") " + bashWords(option.words, option.choices) +
                  "; return ;;\n";
    }
    std::string script = kBashHead;
    script += "            " + withValue +
              ") if [[ ${COMP_WORDS[i + 1]} == '=' ]]; then i=$((i + 2)); else i=$((i + 1)); fi ;;\n"
              "            -*) ;;\n"
              "            *) command=${COMP_WORDS[i]}; break ;;\n"
              "        esac\n"
              "    done\n"
              "    case $option in\n" +
              values +
              "    esac\n"
              "    local everywhere='" +
              everywhereWords() +
              "' own=''\n"
              "    case $command in\n";
    std::string arguments = "        '') _cmctl_words '" + commandNames() + "' ;;\n";
    for (const CommandRow& command : commandTable())
    {
        if (command.hidden) continue;
        std::vector<const OptionRow*> own;
        for (const std::string_view name : command.options) own.push_back(findOption(name));
        script += "        " + std::string(command.name) + ") own='" + optionWords(own) + "' ;;\n";
        arguments += "        " + std::string(command.name) + ") " +
                     (command.name == "help" ? "_cmctl_words '" + commandNames() + "'"
                                             : bashWords(command.words, command.choices)) +
                     " ;;\n";
    }
    return script +
           "    esac\n"
           "    if [[ $cur == -* ]]; then\n"
           "        _cmctl_words \"$own $everywhere\"\n"
           "        return\n"
           "    fi\n"
           "    case $command in\n" +
           arguments +
           "    esac\n"
           "}\n\n"
           "complete -F _cmctl cmctl";
}

// --- zsh ---

namespace {

/// For what stands between brackets in a specification of _arguments, itself between single quotes.
std::string zshText(std::string_view text)
{
    std::string result;
    for (const char c : text)
    {
        if (c == '\'')
            result += "'\\''";
        else
            result += (c == '[' || c == ']' || c == ':' || c == '\\' ? "\\" : "") + std::string(1, c);
    }
    return result;
}

std::string zshAction(Words words, const std::vector<std::string_view>& choices)
{
    if (words == Words::Choices) return "(" + joined(choices) + ")";
    if (words == Words::Files) return "_files";
    const std::string names = namesWord(words);
    return names.empty() ? " " : "_cmctl_" + names;
}

std::string zshOption(const OptionRow& option)
{
    const std::string value = option.argument.empty() ? ""
                                                      : ":" + std::string(option.argument) + ":" +
                                                            zshAction(option.words, option.choices);
    const std::string text = "[" + zshText(option.text) + "]" + value;
    const std::string name = "--" + std::string(option.name) + (option.argument.empty() ? "" : "=");
    std::string lines = " \\\n                '" + name + text + "'";
    if (option.letter != '\0')
        lines += " \\\n                '-" + std::string(1, option.letter) +
                 (option.argument.empty() ? "" : "+") + text + "'";
    return lines;
}

std::string zshArguments(const CommandRow& command)
{
    const std::string action =
        command.name == "help" ? "(" + commandNames() + ")" : zshAction(command.words, command.choices);
    return command.arguments.empty()
               ? ""
               : " \\\n                '*:" + zshText(command.arguments) + ":" + action + "'";
}

}  // namespace

std::string zshCompletion()
{
    std::string script =
        "#compdef cmctl\n# zsh completion of cmctl, made by `cmctl completion zsh`\n\n"
        "_cmctl_of() {\n"
        "    local -a found\n"
        "    found=(${(f)\"$(_call_program names cmctl names $1 --timeout=1s 2>/dev/null)\"})\n"
        "    compadd -a found\n"
        "}\n"
        "_cmctl_groups() { _cmctl_of groups }\n"
        "_cmctl_children() { _cmctl_of children }\n"
        "_cmctl_all() { _cmctl_of all }\n\n"
        "_cmctl() {\n"
        "    local context state line\n"
        "    typeset -A opt_args\n"
        "    local -a commands\n"
        "    commands=(\n";
    std::string cases;
    for (const CommandRow& command : commandTable())
    {
        if (command.hidden) continue;
        script += "        '" + std::string(command.name) + ":" + zshText(command.summary) + "'\n";
        cases += "        " + std::string(command.name) + ")\n            _arguments";
        for (const OptionRow* option : optionsOf(command)) cases += zshOption(*option);
        cases += zshArguments(command) + "\n            ;;\n";
    }
    script += "    )\n    _arguments -C";
    for (const OptionRow& option : optionTable())
        if (option.everywhere) script += zshOption(option);
    return script +
           " \\\n                '1: :->command' '*:: :->argument'\n"
           "    case $state in\n"
           "    command) _describe command commands ;;\n"
           "    argument)\n"
           "        case $words[1] in\n" +
           cases +
           "        esac\n"
           "        ;;\n"
           "    esac\n"
           "}\n\n"
           "if [[ $funcstack[1] == _cmctl ]]; then _cmctl \"$@\"; else compdef _cmctl cmctl; fi";
}

}  // namespace clustermanager::cmctl
