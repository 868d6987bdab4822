/* SPDX-License-Identifier: Apache-2.0 */
/* completion: the shells' side, which asks `__complete` (cmd_complete.c) and shows the answers. */
#include "base/mem.h"
#include "cmd/answer.h"
#include "cmd/app.h"
#include "cmd/commands.h"

static const char bash_script[] = "# bash completion of machine, also under the name docker-machine\n"
				  "_machine() {\n"
				  "\tlocal line=${COMP_LINE:0:COMP_POINT} word cut words\n"
				  "\tread -ra words <<<\"$line\"\n"
				  "\t[[ $line == *[[:space:]] ]] && words+=('')\n"
				  "\t# What bash takes for words of its own stays on the line.\n"
				  "\tcut=${words[-1]}\n"
				  "\tcut=${cut%\"${cut##*[=:]}\"}\n"
				  "\tCOMPREPLY=()\n"
				  "\twhile IFS=$'\\t' read -r word _; do\n"
				  "\t\tif [[ $word == :files ]]; then\n"
				  "\t\t\tcompopt -o default\n"
				  "\t\t\tcontinue\n"
				  "\t\tfi\n"
				  "\t\t[[ $word == *[=:] ]] && compopt -o nospace\n"
				  "\t\tCOMPREPLY+=(\"${word#\"$cut\"}\")\n"
				  "\tdone < <(\"${words[0]}\" __complete \"${words[@]:1}\" 2>/dev/null)\n"
				  "}\n"
				  "complete -F _machine machine docker-machine\n";

static const char zsh_script[] =
	"#compdef machine docker-machine\n"
	"_machine() {\n"
	"\tlocal line word files\n"
	"\tlocal -a full open\n"
	"\tfor line in \"${(@f)$(${words[1]} __complete \"${(@)words[2,CURRENT]}\" 2>/dev/null)}\"; do\n"
	"\t\tword=${line%%$'\\t'*}\n"
	"\t\tcase $word in\n"
	"\t\t'') ;;\n"
	"\t\t:files) files=1 ;;\n"
	"\t\t*[=:]) open+=(\"$word\") ;;\n"
	"\t\t*) full+=(\"${word//:/\\\\:}${line:#$word}\") ; full[-1]=${${full[-1]}//$'\\t'/:} ;;\n"
	"\t\tesac\n"
	"\tdone\n"
	"\t(( $#full )) && _describe machine full\n"
	"\t(( $#open )) && compadd -S '' -a open\n"
	"\t[[ -n $files ]] && _files\n"
	"\treturn 0\n"
	"}\n"
	"if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _machine \"$@\"; else compdef _machine machine "
	"docker-machine; fi\n";

static const char fish_script[] = "# fish completion of machine, also under the name docker-machine\n"
				  "function __machine_complete\n"
				  "\tset -l words (commandline -opc)\n"
				  "\tfor line in ($words[1] __complete $words[2..-1] (commandline -ct) 2>/dev/null)\n"
				  "\t\tif test \"$line\" = :files\n"
				  "\t\t\t__fish_complete_path (commandline -ct)\n"
				  "\t\telse\n"
				  "\t\t\techo $line\n"
				  "\t\tend\n"
				  "\tend\n"
				  "end\n"
				  "complete -c machine -f -a '(__machine_complete)'\n"
				  "complete -c docker-machine -f -a '(__machine_complete)'\n";

static struct err *completion_run(struct app *app, const struct opts *o)
{
	(void)app;
	static const struct {
		const char *shell, *script;
	} scripts[] = { { "bash", bash_script }, { "fish", fish_script }, { "zsh", zsh_script } };

	for (size_t i = 0; o->args.n == 1 && i < ARRAY_SIZE(scripts); i++)
		if (str_eq(scripts[i].shell, o->args.items[0])) {
			ANSWER("%s", scripts[i].script);
			return NULL;
		}
	return err_hint(err_new(ERR_USAGE, "name one of the shells bash, fish and zsh"),
			"For example: source <(machine completion bash)");
}

const struct cmd cmd_completion = {
	.name = "completion",
	.args = "bash|fish|zsh",
	.summary = "Print the completion of a shell",
	.description = "Argument is the name of a shell. bash: source <(machine completion bash)",
	.words = CMD_WORDS_SHELLS,
	.flags = CMD_NO_STORE,
	.run = completion_run,
};
