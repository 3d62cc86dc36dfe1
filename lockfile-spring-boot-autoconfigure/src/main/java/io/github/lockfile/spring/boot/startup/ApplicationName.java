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

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Set;

import org.jspecify.annotations.Nullable;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.env.Environment;

/**
 * The name of the application, as the default name of its lock file.
 *
 * @param value the name
 */
record ApplicationName(String value) {

	private static final String PROPERTY = "spring.application.name";

	/**
	 * What the most restrictive file system (eCryptfs) allows.
	 */
	private static final int MAX_FILE_NAME = 143;

	private static final int HASH_BYTES = 8;

	/**
	 * Finds the name: the configured one, or that of the class that the application was
	 * started with. The main class would not do: Boot finds it on the stack, where it is
	 * a test runner or a launcher, and on another thread nothing.
	 */
	static ApplicationName of(SpringApplication application, Environment environment) {
		String name = configured(environment);
		return new ApplicationName((name != null) ? name : source(application.getAllSources()));
	}

	/**
	 * Returns the configured name, which must be meant as it is written.
	 * @return the name; {@code null} if there is none
	 */
	static @Nullable String configured(Environment environment) {
		// The binder leaves a placeholder that cannot be resolved, and that is refused.
		String name = Binder.get(environment).bind(PROPERTY, String.class).orElse("");
		if (name.isBlank()) {
			return null;
		}
		String reason = LiteralValue.refusal(PROPERTY, name, environment);
		if (reason != null) {
			throw new InvalidConfigurationPropertyValueException(PROPERTY, name,
					reason + " The lock is named after it, unless 'lockfile.path' or 'lockfile.cluster.name' is set.");
		}
		return name;
	}

	private static String source(Set<Object> sources) {
		for (Object source : sources) {
			if (source instanceof Class<?> type
					&& AnnotatedElementUtils.hasAnnotation(type, SpringBootConfiguration.class)) {
				return type.getName();
			}
		}
		for (Object source : sources) {
			if (source instanceof Class<?> type) {
				return type.getName();
			}
			if (source instanceof CharSequence || source instanceof Package) {
				return source.toString();
			}
		}
		throw new InvalidConfigurationPropertyValueException("lockfile.path", "",
				"It has no default, because neither 'spring.application.name' nor the application class is known.");
	}

	/**
	 * Returns the name of a file. A name is no path: a separator must not lead to another
	 * directory, and a letter that the file system's encoding lacks must not end the
	 * startup.
	 */
	String fileName(String extension) {
		String encoded = URLEncoder.encode(this.value, StandardCharsets.UTF_8);
		int max = MAX_FILE_NAME - extension.length();
		if (encoded.length() > max) {
			// What is cut off may be all that tells two applications apart.
			String hash = hash();
			encoded = encoded.substring(0, max - hash.length() - 1) + "-" + hash;
		}
		return encoded + extension;
	}

	private String hash() {
		try {
			byte[] digest = MessageDigest.getInstance("SHA-256").digest(this.value.getBytes(StandardCharsets.UTF_8));
			return HexFormat.of().formatHex(digest, 0, HASH_BYTES);
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException(ex);
		}
	}

}
