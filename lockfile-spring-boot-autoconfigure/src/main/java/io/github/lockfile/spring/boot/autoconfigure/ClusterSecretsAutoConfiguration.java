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

package io.github.lockfile.spring.boot.autoconfigure;

import java.util.Locale;

import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.context.annotation.Bean;

/**
 * Auto-configuration of what keeps the password of the cluster lock's database out of the
 * endpoints {@code configprops} and {@code env}, even if they show all values.
 *
 * @since 0.1.0
 */
@AutoConfiguration
@ConditionalOnClass(SanitizingFunction.class)
@ConditionalOnBooleanProperty("lockfile.cluster.enabled")
public final class ClusterSecretsAutoConfiguration {

	ClusterSecretsAutoConfiguration() {
	}

	@Bean
	static SanitizingFunction lockFileClusterSanitizingFunction() {
		return (data) -> {
			Object value = data.getValue();
			// The endpoint env shows LOCKFILE_CLUSTER_PASSWORD under that name.
			String letters = data.getKey().toLowerCase(Locale.ROOT).replaceAll("[^a-z]", "");
			// A URL with anything else than hosts and a path may have a password in it.
			boolean secret = letters.equals("lockfileclusterpassword")
					|| (letters.equals("lockfileclusterurl") && !String.valueOf(value).matches("[\\w.:/,\\[\\]+-]*"));
			return (secret && value != null) ? data.withSanitizedValue() : data;
		};
	}

}
