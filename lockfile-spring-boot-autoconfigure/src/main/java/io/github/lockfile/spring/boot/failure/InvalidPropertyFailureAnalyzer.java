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

package io.github.lockfile.spring.boot.failure;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;

/**
 * Reports a wrong value of a property of ours. Comes before Boot's own analyzer, which
 * shows the value even if it has a password in it, and is silent if the property is not
 * set or is spelled in another way, as {@code LOCKFILE_ONLOST} is.
 */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class InvalidPropertyFailureAnalyzer extends AbstractFailureAnalyzer<InvalidConfigurationPropertyValueException> {

	private static final ConfigurationPropertyName OURS = ConfigurationPropertyName.of("lockfile");

	private final Environment environment;

	InvalidPropertyFailureAnalyzer(Environment environment) {
		this.environment = environment;
	}

	@Override
	protected @Nullable FailureAnalysis analyze(Throwable rootFailure,
			InvalidConfigurationPropertyValueException cause) {
		// The name may be as the user wrote it on the command line.
		ConfigurationPropertyName name = ConfigurationPropertyName.adapt(cause.getName(), '.');
		if (!OURS.isAncestorOf(name)) {
			return null;
		}
		ConfigurationProperty property = find(name);
		StringBuilder description = new StringBuilder("Invalid value");
		if (cause.getValue() != null) {
			// The value is shown as the user wrote it, before any conversion.
			description.append(" '").append((property != null) ? property.getValue() : cause.getValue()).append('\'');
		}
		description.append(" for configuration property '").append(cause.getName()).append('\'');
		if (property != null && property.getOrigin() != null) {
			description.append(" (originating from '").append(property.getOrigin()).append("')");
		}
		description.append(". Validation failed for the following reason:%n%n".formatted()).append(cause.getReason());
		return new FailureAnalysis(description.toString(), "Review the value of the property with the provided reason.",
				cause);
	}

	private @Nullable ConfigurationProperty find(ConfigurationPropertyName name) {
		for (ConfigurationPropertySource source : ConfigurationPropertySources.get(this.environment)) {
			ConfigurationProperty found = source.getConfigurationProperty(name);
			if (found != null) {
				return found;
			}
		}
		return null;
	}

}
