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

import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.core.env.Environment;

/**
 * Checks that the name and the database of the cluster lock are meant as they are
 * written.
 */
final class ClusterLocation {

	private static final String NAME = LockFilePropertiesBinder.PREFIX + ".cluster.name";

	private static final String URL = LockFilePropertiesBinder.PREFIX + ".cluster.url";

	private static final String DATA_SOURCE_URL = "spring.datasource.url";

	/**
	 * A password may be empty, and then it is not that of the data source.
	 */
	private static final Set<String> MAY_BE_EMPTY = Set.of("username", "password");

	/**
	 * A URL whose host and database (group 1) are surely nothing else. A password may
	 * have any character, and stands before an '@', in parameters, or in parentheses.
	 */
	private static final Pattern HAS_A_PLACE = Pattern
		.compile("(?s)jdbc:[a-z]+:(?://(?:[^/?;(]*@)?)?((?:[^@?;(=&]|[$%]\\(|\\(\\()*)(?:\\?[^@]*)?");

	/**
	 * What stands for a whole URL, and has none of its parts.
	 */
	private static final Pattern BARE = Pattern.compile("(?s)@[\\w.-]+@|[^@:;=&]*");

	private ClusterLocation() {
	}

	static void validate(Binder binder, Environment environment) {
		Map<String, String> properties = LockFilePropertiesBinder.cluster(binder);
		properties.forEach((name, value) -> {
			if (value.isEmpty() && !MAY_BE_EMPTY.contains(name)) {
				throw LockFilePropertiesBinder.empty(LockFilePropertiesBinder.PREFIX + ".cluster." + name);
			}
		});
		String name = properties.get("name");
		if (name == null) {
			ApplicationName.configured(environment);
		}
		else {
			refuse(NAME, name, LiteralValue.refusal(NAME, name, environment));
		}
		String url = properties.get("url");
		if (url != null) {
			refuse(URL, null, refusal(URL, url, environment));
		}
		else {
			validateDefault(binder, environment);
		}
	}

	private static void validateDefault(Binder binder, Environment environment) {
		String url;
		try {
			url = binder.bind(DATA_SOURCE_URL, String.class).orElse(null);
		}
		catch (BindException ex) {
			// The cluster lock refuses it, when it reads the URL and the user.
			return;
		}
		if (url != null) {
			refuse(URL, null, refusal(DATA_SOURCE_URL, url, environment));
		}
	}

	/**
	 * Refuses a property.
	 * @param value the value to show; {@code null} for one that may have a password in it
	 * @param reason why; {@code null} if it is not refused
	 */
	private static void refuse(String property, @Nullable String value, @Nullable String reason) {
		if (reason != null) {
			throw new InvalidConfigurationPropertyValueException(property, value, reason);
		}
	}

	private static @Nullable String refusal(String property, String url, Environment environment) {
		String reason = LiteralValue.ofPlaceholders(property, environment);
		if (reason == null) {
			reason = refusal(url);
		}
		return (reason == null || property.equals(URL)) ? reason
				: reason + " It is the value of '%s'.".formatted(property);
	}

	private static @Nullable String refusal(String url) {
		Matcher place = HAS_A_PLACE.matcher(url);
		String reason = null;
		if (place.matches()) {
			reason = place.group(1).isEmpty() ? null : LiteralValue.refusal(place.group(1));
		}
		else if (BARE.matcher(url).matches()) {
			reason = LiteralValue.refusal(url);
		}
		else if (!url.startsWith("jdbc:")) {
			reason = LiteralValue.refusalOfEnds(url);
		}
		if (reason == null && url.contains("${")) {
			reason = "A placeholder in it cannot be resolved.";
		}
		if (reason == null && LiteralValue.hasBlankEnds(url)) {
			reason = LiteralValue.BLANK_ENDS;
		}
		return reason;
	}

}
