/*
 * Copyright 2026 the original author or authors.
 *
 * Licensed under the Apache License, Version 2.0 (the "License");
 * you may not use this file except in compliance with the License.
 * You may obtain a copy of the License at
 *
 *      https://www.apache.org/licenses/LICENSE-2.0
 *
 * Unless required by applicable law or agreed to in writing, software
 * distributed under the License is distributed on an "AS IS" BASIS,
 * WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
 * See the License for the specific language governing permissions and
 * limitations under the License.
 */

package io.github.lockfile.spring.boot.startup;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.PropertySourcesPlaceholdersResolver;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.core.env.Environment;

/**
 * A value that names a lock, and is taken as it is written. Refuses one that a shell,
 * systemd, a template or Spring should have changed before, or that is another one at
 * each start: it would name a lock that guards nothing.
 */
final class LiteralValue {

	static final String BLANK_ENDS = "It begins or ends with white space.";

	/**
	 * A value without any of these characters has nothing that others replace.
	 */
	private static final String SUSPECTS = "$%`{@~?<([_!";

	private static final String QUOTES = "\"'`´‘’‚‛“”„‟«»‹›＂＇";

	/**
	 * What somebody else replaces. A '$' or '%' inside a word is left alone: 'a$b' and
	 * '50%off' are names.
	 */
	private static final String REPLACED_ELSEWHERE = String.join("|",
			// A home directory of a shell.
			"^~[^/\\\\]*",
			// A variable of a shell, at the start of a word or in capitals, or a command.
			"(?<![\\p{L}\\p{N}])\\$[\\w$]+", "\\$[A-Z][A-Z0-9_]{2,}(?!\\w)", "\\$\\([^)]*\\)?", "`[^`]*`",
			// Templates of Maven, Helm, Ansible and Spring.
			"(?<![\\p{L}\\p{N}])@[A-Za-z][\\w.-]*@", "\\{\\{.*", "#\\{[^}]*\\}?",
			// A word in braces at the beginning, but no GUID, and the placeholders that
			// are replaced in the content of a lock file.
			"^\\{[A-Za-z_]\\w*(?:\\.\\w+)*\\}", "\\{(?:pid|hostname|user|timestamp)\\}",
			// Templates of Jinja, JSP, Python, Apache, Concourse, Azure and batch files,
			// and what an example says instead of a value.
			"\\{%.*?(?:%\\}|$)", "<[^<>/\\\\]+>", "%\\(\\w+\\)[a-z]", "%\\{[^}]*\\}?", "\\(\\([^()]*\\)\\)",
			"^\\[[\\w.-]+\\](?=$|[/\\\\])", "\\[\\[[^\\[\\]]*\\]\\]", "\\$\\[[^\\]]*\\]?",
			"(?<![\\p{L}\\p{N}])__[A-Z][A-Z0-9_]*?__(?![\\p{L}\\p{N}])", "(?<![\\p{L}\\p{N}])![A-Za-z_]\\w*!");

	/**
	 * A variable of Windows or a specifier of systemd.
	 */
	private static final String REPLACED_PERCENT = "%[A-Za-z_][\\w()]+%|(?<![\\p{L}\\p{N}%])%[A-Za-z%](?![\\p{L}\\p{N}])";

	/**
	 * Text in which each % begins an encoded byte, as in the default names of lock files.
	 */
	private static final String PERCENT_ENCODED = "(?s)(?:[^%]|%[0-9A-Fa-f]{2})*";

	/**
	 * A placeholder of a shell. To Spring, the letter behind the colon begins the
	 * default, and makes a relative path of an absolute one.
	 */
	private static final Pattern OF_A_SHELL = Pattern.compile("\\$\\{[^{}:]*:([-=?+])");

	/**
	 * A placeholder of Log4j and others, by which they look a value up. To Spring, all
	 * behind the colon is the default of a property that is not there. A property 'env'
	 * is often there, but with a default that is no name of a variable.
	 */
	private static final Pattern LOOKUP = Pattern
		.compile("\\$\\{(?:env:(?=[A-Z_][A-Z0-9_]*[:}])|(?:sys|java|main|ctx|map|sd|jndi|docker|k8s|web|lower|upper"
				+ "|date|script|const|dns|localhost|self|opt|ssm):)");

	private LiteralValue() {
	}

	/**
	 * Returns why the value of a property cannot be taken as it is.
	 * @param property the property
	 * @param value its value, with Spring's placeholders resolved
	 * @param environment where it is from
	 * @return the reason, in sentences; {@code null} if it can
	 */
	static @Nullable String refusal(String property, String value, Environment environment) {
		String reason = ofPlaceholders(property, environment);
		return (reason != null) ? reason : refusal(value);
	}

	/**
	 * Returns why a value cannot be taken as it is.
	 */
	static @Nullable String refusal(String value) {
		String reason = refusalOfEnds(value);
		return (reason != null || !hasOneOf(SUSPECTS, value)) ? reason : unreplaced(value);
	}

	/**
	 * Returns why a value cannot be taken as it is, because of what is around it, or in
	 * it but cannot be seen. Shows nothing of the value.
	 */
	static @Nullable String refusalOfEnds(String value) {
		if (value.isEmpty()) {
			return "It is set, but empty.";
		}
		if (hasBlankEnds(value)) {
			return BLANK_ENDS;
		}
		if (isQuote(value.charAt(0)) || isQuote(value.charAt(value.length() - 1))
				|| (hasOneOf("\"'", value) && value.matches("(?s).*[/\\\\]([\"'])[^/\\\\]*\\1[/\\\\].*"))) {
			return "It is in quotes, and nothing removes them here.";
		}
		for (int i = 0; i < value.length(); i++) {
			if (Character.isISOControl(value.charAt(i))) {
				return "It has the control character U+%04X.".formatted((int) value.charAt(i));
			}
		}
		return null;
	}

	/**
	 * Says whether a value, which is not empty, begins or ends with what cannot be seen.
	 */
	static boolean hasBlankEnds(String value) {
		return isBlank(value.codePointAt(0)) || isBlank(value.codePointBefore(value.length()));
	}

	private static boolean isBlank(int codePoint) {
		// strip() would leave a no-break space and a byte order mark.
		return Character.isWhitespace(codePoint) || Character.isSpaceChar(codePoint)
				|| Character.getType(codePoint) == Character.FORMAT;
	}

	private static boolean isQuote(char letter) {
		return QUOTES.indexOf(letter) != -1;
	}

	private static boolean hasOneOf(String letters, String value) {
		for (int i = 0; i < value.length(); i++) {
			if (letters.indexOf(value.charAt(i)) != -1) {
				return true;
			}
		}
		return false;
	}

	private static @Nullable String unreplaced(String value) {
		Matcher placeholder = Pattern.compile("\\$\\{[^}]*\\}?").matcher(value);
		if (placeholder.find()) {
			return "Its placeholder '%s' cannot be resolved.".formatted(placeholder.group());
		}
		if (value.matches("(?s)(?:.*[/\\\\])?\\?(?:[/\\\\].*)?")) {
			return "Java says '?' for the home or the name of a user whom the operating system does not know. "
					+ "Write the directory or the name itself.";
		}
		boolean percentEncoded = value.matches(PERCENT_ENCODED);
		Matcher replaced = Pattern
			.compile(percentEncoded ? REPLACED_ELSEWHERE : REPLACED_ELSEWHERE + "|" + REPLACED_PERCENT)
			.matcher(value);
		return replaced.find() ? "Nothing replaces '%s' here. Write what it stands for.".formatted(replaced.group())
				: null;
	}

	/**
	 * Returns why a property cannot be what is meant because of a placeholder in it, or
	 * in a property that it is made of: one that has another value at each start, or that
	 * is none of Spring's. Shows no more of it than its name.
	 */
	static @Nullable String ofPlaceholders(String property, Environment environment) {
		for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
			ConfigurationProperty set = source.getConfigurationProperty(ConfigurationPropertyName.of(property));
			if (set != null) {
				return Placeholders.refusal(set.getValue(), environment);
			}
		}
		return null;
	}

	/**
	 * Finds placeholders for what is random, is that of the process, or is not meant for
	 * Spring.
	 */
	private static final class Placeholders extends PropertySourcesPlaceholdersResolver {

		private @Nullable String refusal;

		private Placeholders(Environment environment) {
			super(environment);
		}

		static @Nullable String refusal(@Nullable Object value, Environment environment) {
			if (value == null || !value.toString().contains("${")) {
				return null;
			}
			Placeholders placeholders = new Placeholders(environment);
			placeholders.look(value.toString());
			placeholders.resolvePlaceholders(value.toString());
			return placeholders.refusal;
		}

		@Override
		protected @Nullable String resolvePlaceholder(String placeholder) {
			if (placeholder.startsWith("random.") || placeholder.equals("PID")
					|| placeholder.equals("spring.application.pid")) {
				refuse(("The placeholder '${%s}' has another value at each start, so that each instance would have "
						+ "a lock of its own.")
					.formatted(placeholder));
			}
			String value = super.resolvePlaceholder(placeholder);
			if (value != null) {
				look(value);
			}
			return value;
		}

		private void look(String value) {
			Matcher shell = OF_A_SHELL.matcher(value);
			if (shell.find()) {
				refuse(("Its placeholder '%s' is meant for a shell. Spring takes the '%s' for a part of the default: "
						+ "leave it out.")
					.formatted(shell.group(), shell.group(1)));
			}
			Matcher lookup = LOOKUP.matcher(value);
			if (lookup.find()) {
				refuse(("Its placeholder '%s' is not meant for Spring, which takes what is behind the colon for a "
						+ "default. Write the name of the variable or property alone, as in '${HOME}'.")
					.formatted(lookup.group()));
			}
		}

		private void refuse(String reason) {
			if (this.refusal == null) {
				this.refusal = reason;
			}
		}

	}

}
