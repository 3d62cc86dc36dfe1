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

	/**
	 * A value without any of these characters has nothing that others replace.
	 */
	private static final String SUSPECTS = "$%`{@~?";

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
			// Templates of Maven, Helm, Ansible and Spring, and the placeholders that are
			// replaced in the content of a lock file.
			"(?<![\\p{L}\\p{N}])@[A-Za-z][\\w.-]*@", "\\{\\{.*", "#\\{[^}]*\\}?",
			"\\{(?:pid|hostname|user|timestamp)\\}");

	/**
	 * A variable of Windows or a specifier of systemd.
	 */
	private static final String REPLACED_PERCENT = "%[A-Za-z_][\\w()]+%|(?<![\\p{L}\\p{N}%])%[A-Za-z%](?![\\p{L}\\p{N}])";

	/**
	 * Text in which each % begins an encoded byte, as in the default names of lock files.
	 */
	private static final String PERCENT_ENCODED = "(?s)(?:[^%]|%[0-9A-Fa-f]{2})*";

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
		String reason = refusal(value);
		return (reason != null) ? reason : changes(property, environment);
	}

	/**
	 * Returns why a value cannot be taken as it is.
	 */
	static @Nullable String refusal(String value) {
		if (value.isEmpty()) {
			return "It is set, but empty.";
		}
		if (isBlank(value.codePointAt(0)) || isBlank(value.codePointBefore(value.length()))) {
			return "It begins or ends with white space.";
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
		return hasOneOf(SUSPECTS, value) ? unreplaced(value) : null;
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
	 * Returns why a property has another value at each start, if it does so, itself or
	 * through the placeholders that it is made of.
	 */
	static @Nullable String changes(String property, Environment environment) {
		String found = null;
		for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
			ConfigurationProperty set = source.getConfigurationProperty(ConfigurationPropertyName.of(property));
			if (set != null) {
				found = ChangingPlaceholders.in(set.getValue(), environment);
				break;
			}
		}
		return (found == null) ? null : ("The placeholder '${%s}' has another value at each start, so that each "
				+ "instance would have a lock of its own.")
			.formatted(found);
	}

	/**
	 * Finds placeholders for what is random, or is that of the process.
	 */
	private static final class ChangingPlaceholders extends PropertySourcesPlaceholdersResolver {

		private @Nullable String found;

		private ChangingPlaceholders(Environment environment) {
			super(environment);
		}

		static @Nullable String in(@Nullable Object value, Environment environment) {
			if (value == null || !value.toString().contains("${")) {
				return null;
			}
			ChangingPlaceholders placeholders = new ChangingPlaceholders(environment);
			placeholders.resolvePlaceholders(value.toString());
			return placeholders.found;
		}

		@Override
		protected @Nullable String resolvePlaceholder(String placeholder) {
			if (placeholder.startsWith("random.") || placeholder.equals("PID")
					|| placeholder.equals("spring.application.pid")) {
				this.found = placeholder;
			}
			return super.resolvePlaceholder(placeholder);
		}

	}

}
